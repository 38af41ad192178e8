"""Setting a store up: tables, the first account, own components, today's partition.

The same for `up`, which does it at each start, and for `setup`, which machines are set up with.
Each step tells what it did or found; a second run finds everything and changes nothing.
"""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from monitors.history import partitions
from statuspage.models import StoreKeys
from statuspage.runtime import first_start
from statuspage.runtime.first_start import NewOwner
from statuspage.runtime.keys import check

_ADVISORY_LOCK = 0x73_65_74_75_70  # "setup"
_POLL_SECONDS = 0.2
_REMIND_SECONDS = 15.0


@dataclass(slots=True)
class Report:
    """Where the steps tell what they did (`did`) and what was there already (`found`)."""

    say: Callable[[str], None]
    verbose: bool = True
    """Whether what was there already is told."""
    changes: int = 0

    def did(self, step: str, text: str) -> None:
        self.changes += 1
        self.say(f"{step:<11} {text}")

    def found(self, step: str, text: str) -> None:
        if self.verbose:
            self.say(f"{step:<11} {text}")


def set_up(
    *,
    public_url: str,
    management_url: str,
    report: Report,
    owner: NewOwner,
    own_components: bool = True,
) -> None:
    """Make the store ready to serve; one process at a time, whichever machine it is on.

    Raises OwnerError, KeysDifferError when another machine set the store up with other keys, or
    the database's error.
    """
    with only_one(report.say):
        _migrate(report)
        _check_keys(report)
        first_start.ensure_region()
        _make_own_components(public_url, management_url, report, wanted=own_components)
        _make_owner(owner, report)
        _make_partitions(report)
        first_start.publish()


def _migrate(report: Report) -> None:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        report.say(f"{'tables':<11} applying {missing} migrations")
    # Always: what follows a migration (roles, permissions) is part of a release too.
    call_command("migrate", interactive=False, verbosity=0)
    if missing:
        report.did("tables", f"{missing} migrations applied")
    else:
        report.found("tables", "up to date")


def _check_keys(report: Report) -> None:
    recorded = StoreKeys.objects.exists()
    check.admit(now=time.time())
    if recorded:
        report.found("keys", "those that the database works with")
    else:
        report.did("keys", "recorded; every machine needs the same")


def _make_own_components(
    public_url: str, management_url: str, report: Report, *, wanted: bool
) -> None:
    if not first_start.lacks_own_components():
        report.found("components", "there already, or removed on purpose")
    elif not wanted:
        report.found("components", "none of the product's own, as asked for")
        return
    else:
        first_start.create_own_components(public_url=public_url, management_url=management_url)
        report.did("components", "made for the product itself, for the desk only")
    first_start.update_addresses(public_url=public_url, management_url=management_url)


def _make_owner(owner: NewOwner, report: Report) -> None:
    made = first_start.ensure_owner(owner)
    if made is None:
        report.found("owner", "there already")
    else:
        report.did("owner", f"Admin user: {made.username}   {made.password_line}")


def _make_partitions(report: Report) -> None:
    if not partitions.is_supported():
        return
    created = partitions.create_days(partitions.days_ahead(now=datetime.now(UTC).timestamp()))
    if created:
        report.did("results", f"partitions made for {created} days")
    else:
        report.found("results", "partitions of today and the next days are there")


@contextmanager
def only_one(say: Callable[[str], None]) -> Iterator[None]:
    """Keep out all other processes that set this store up, after the one that is at it."""
    with _postgres_lock(say) if connection.vendor == "postgresql" else _file_lock(say):
        yield


@contextmanager
def _postgres_lock(say: Callable[[str], None]) -> Iterator[None]:
    # A session of its own: steps close the one that they use.
    holder = connection.copy()
    try:

        def acquire() -> bool:
            with holder.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ADVISORY_LOCK])
                return bool(cursor.fetchone()[0])

        _wait(acquire, say)
        yield
    finally:
        with suppress(Exception):
            holder.close()


@contextmanager
def _file_lock(say: Callable[[str], None]) -> Iterator[None]:
    folder: Path = settings.STATUSPAGE.data_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "setup.lock").open("w") as file:

        def acquire() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        _wait(acquire, say)
        yield


def _wait(acquire: Callable[[], bool], say: Callable[[str], None]) -> None:
    reminded = float("-inf")
    while not acquire():
        if time.monotonic() - reminded >= _REMIND_SECONDS:
            say("Another process is setting this store up; waiting for it")
            reminded = time.monotonic()
        time.sleep(_POLL_SECONDS)
