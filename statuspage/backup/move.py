"""Moving the store to another database, SQLite or PostgreSQL: copied, counted and compared.

The former store is held afterwards: nothing starts on it before somebody has ended the hold.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max, Min

from components import journal
from components.models import JournalEntry
from monitors.history import partitions
from monitors.models import Result
from statuspage.backup import copying, databases, sequences, tables
from statuspage.backup.copying import TARGET, Copied, State
from statuspage.backup.errors import BackupError
from statuspage.backup.progress import Say
from statuspage.backup.tables import Model
from statuspage.models import Page
from subscribers.delivery import holds

_WHAT = "no store is moved under running roles"
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of it."""

    tables: int
    rows: int
    source: str
    target: str


def move(url: str, *, now: datetime, say: Say) -> Moved:
    """Move the store in use to the database at `url`, or go on with a move that was broken off.

    Raises BackupError; what was copied by then is there for the next run.
    """
    config = databases.config_of(url, option="--to")
    source = databases.describe()
    try:
        _check_source()
        with _target(config) as target:
            say(f"Moving {source} to {target}")
            state = _prepare(config, source=source, target=target, now=now, say=say)
            with _nobody_writes():
                counts = _copy(state, say=say)
                sequences.carry_over(tables.copied(), source="default", target=TARGET)
                state.end()
        _hold_source(target, now)
    except DatabaseError as error:
        text = " ".join(str(error).split())
        raise BackupError(f"a database does not do as it should: {text}") from None
    return Moved(len(counts), sum(counts.values()), source, target)


def _check_source() -> None:
    if not databases.has_tables():
        raise BackupError(f"{databases.describe()} is empty: there is nothing to move")
    if former := holds.moved_to():
        raise BackupError(
            f"this store was moved to {former} already; to use it again all the same: manage.py "
            "deliveries discard, or release"
        )
    executor = MigrationExecutor(connection)
    if unknown := databases.unknown_migrations(databases.applied_migrations()):
        raise BackupError(
            f"{databases.describe()} is of a newer release: {unknown[0]} is not known here"
        )
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise BackupError(
            f"{databases.describe()} is of an older release: run manage.py migrate first"
        )
    databases.refuse_roles_at_work(what=_WHAT)


@contextmanager
def _target(config: dict[str, Any]) -> Iterator[str]:
    """Have the target as a second database; yields what it is, in words."""
    connections.settings[TARGET] = config
    try:
        with databases.use_database(config):
            described = databases.describe()
            databases.has_tables()  # or it does not answer
        yield described
    finally:
        connections[TARGET].close()
        del connections[TARGET]
        del connections.settings[TARGET]


def _prepare(config: dict[str, Any], *, source: str, target: str, now: datetime, say: Say) -> State:
    """Make the target's tables, empty, unless it has a part of this very store already."""
    identity, days = _identity(), _days_of_results()
    state = State()
    with databases.use_database(config):
        there = databases.has_tables()
        if there and target != source:
            # Before there is a second connection to it.
            databases.refuse_roles_at_work(what=_WHAT)
        if target == source or (there and not state.exists() and _is_in_use()):
            raise BackupError(
                f"{target} is not empty: a store is moved into an empty database only"
            )
        if state.exists() and state.identity() != identity:
            raise BackupError(
                f"{target} has a part of another store, whose move was broken off: empty it first"
            )
        if state.exists():
            say("Going on with a move that was broken off")
            return state
        say("Making the tables")
        call_command("migrate", interactive=False, verbosity=0)
        if partitions.is_supported():
            partitions.create_days([*days, *partitions.days_ahead(now=now.timestamp())])
    with transaction.atomic(using=TARGET):
        with connections[TARGET].cursor() as cursor:
            # What migrations fill in comes from the source, with its ids.
            for model in reversed(tables.copied()):
                name = connections[TARGET].ops.quote_name(model._meta.db_table)
                cursor.execute(f"DELETE FROM {name}")  # noqa: S608  (our own names)
        state.begin(identity)
    return state


def _identity() -> str:
    """Return what tells one store from another."""
    return str(Page.objects.order_by("pk").values_list("identity", flat=True).first() or "none")


def _is_in_use() -> bool:
    """Return whether the database in use has more than `migrate` makes; or is not ours at all."""
    if JournalEntry._meta.db_table not in connection.introspection.table_names():
        return True
    return JournalEntry.objects.exists()


def _days_of_results() -> list[date]:
    ends = Result.objects.aggregate(first=Min("at_ms"), last=Max("at_ms"))
    if ends["first"] is None:
        return []
    first, last = ends["first"] // _DAY_MS, ends["last"] // _DAY_MS
    # Results a year old, or of a clock that was wrong, may lie in the default partition.
    return [
        datetime.fromtimestamp(day * _DAY_MS / 1000, UTC).date()
        for day in range(max(first, last - 366), last + 1)
    ]


@contextmanager
def _nobody_writes() -> Iterator[None]:
    """Read the source as of one instant, and let nobody change it meanwhile."""
    # On SQLite the transaction is IMMEDIATE, and so keeps writers out.
    with transaction.atomic():
        if connection.vendor == "postgresql":
            names = [connection.ops.quote_name(each._meta.db_table) for each in tables.copied()]
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute("SET LOCAL lock_timeout = '10s'")
                cursor.execute(f"LOCK TABLE {', '.join(names)} IN SHARE MODE")
        yield


def _copy(state: State, *, say: Say) -> dict[str, int]:
    """Copy all tables, then compare them; return the rows by table."""
    models = tables.copied()
    copied = {}
    for number, model in enumerate(models, start=1):
        copied[model] = copying.copy_table(model, state, say=say)
        if copied[model].count:
            name = model._meta.db_table
            say(f"  {name}: {copied[model].count:,} rows ({number} of {len(models)} tables)")
    say("Comparing the contents of both")
    return {
        model._meta.db_table: _compare(model, copied[model], state, say=say) for model in models
    }


def _compare(model: Model, copied: Copied, state: State, *, say: Say) -> int:
    """Return how many rows a table has in both databases. Raises BackupError if they differ."""
    wanted = copied
    if not copied.whole:
        wanted = copying.read_digest(model, using="default", say=say)
    for again in (True, False):
        found = copying.read_digest(model, using=TARGET, say=say)
        if (found.count, found.digest) == (wanted.count, wanted.digest):
            return found.count
        if again:
            # The store was in use between two runs.
            say(f"  {model._meta.db_table} differs and is copied anew")
            wanted = copying.copy_again(model, state, say=say)
    raise BackupError(
        f"{model._meta.db_table} is not the same in both databases: {wanted.count:,} rows here, "
        f"{found.count:,} there. The move has not ended; the store here is as it was."
    )


def _hold_source(target: str, now: datetime) -> None:
    with journal.without_listeners():
        holds.begin_hold_of_moved(target, now=now, actor="manage.py move")
