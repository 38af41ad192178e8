"""The databases of backups and moves: by address, who is at work with them, what is in them."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from statuspage.backup.errors import BackupError
from statuspage.config.env import SettingError, Settings
from statuspage.settings import database_config

BUSY_SECONDS = 3.0
"""How long a passer-by, such as a command, may have a SQLite database open."""
_ROLES = """
SELECT DISTINCT substr(application_name, 12) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND application_name IN (
        'statuspage web', 'statuspage beat', 'statuspage probes', 'statuspage notify'
    )
ORDER BY 1
"""
_STOP = "Stop them everywhere first (up, or the services web, beat and work)."


def config_of(url: str, *, option: str) -> dict[str, Any]:
    """Return Django's configuration of the database at `url`. Raises BackupError."""
    environ = {"DATABASE_URL": url, "STATUSPAGE_DATA_DIR": str(settings.STATUSPAGE.data_dir)}
    try:
        config = configured(database_config(Settings(environ)))
        if not (config["NAME"] or config["OPTIONS"].get("service")):
            raise ValueError(f"{option} names no database: write it as postgres://…/NAME")
        return config
    except (SettingError, ValueError) as error:
        raise BackupError(str(error).replace("DATABASE_URL", option)) from None


def configured(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration with Django's defaults."""
    found: dict[str, Any] = connections.configure_settings({"default": config})["default"]
    return found


@contextmanager
def use_database(config: dict[str, Any]) -> Iterator[None]:
    """Have all that this thread asks of a database be asked of this one instead."""
    former, former_config = connections["default"], connections.settings["default"]
    connections.settings["default"] = config
    connections["default"] = connections.create_connection("default")
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"], connections["default"] = former_config, former
        ContentType.objects.clear_cache()


def sqlite_path() -> Path:
    """Return where the SQLite database in use lies."""
    return Path(str(connection.settings_dict["NAME"]))


def describe() -> str:
    """Return which database is in use, without its password."""
    if connection.vendor == "sqlite":
        return f"SQLite at {sqlite_path()}"
    params = connection.get_connection_params()
    host, port = params.get("host") or "localhost", params.get("port") or 5432
    return f"PostgreSQL at {host}:{port}/{params.get('dbname') or params.get('service')}"


def refuse_roles_at_work(*, what: str) -> None:
    """Raise BackupError if roles of the product are at work with the database in use."""
    if connection.vendor == "sqlite":
        if sqlite_path().exists():
            with hold_sqlite(what=what):
                pass
        return
    with connection.cursor() as cursor:
        cursor.execute(_ROLES)
        roles = [role for (role,) in cursor.fetchall()]
    if roles:
        raise BackupError(f"{describe()} is in use by {', '.join(roles)}: {what}. {_STOP}")


@contextmanager
def hold_sqlite(*, what: str) -> Iterator[sqlite3.Connection]:
    """Keep everybody else out of the SQLite database in use. Raises BackupError if somebody is in.

    In WAL mode each open connection holds a shared lock on the file, also between transactions;
    roles keep one open, so the exclusive lock is had only when none is at work.
    """
    connection.close()
    until = time.monotonic() + BUSY_SECONDS
    with closing(open_sqlite(sqlite_path())) as held:
        held.execute("PRAGMA locking_mode = EXCLUSIVE")
        while True:
            try:
                held.execute("BEGIN EXCLUSIVE")
                held.execute("COMMIT")  # the lock stays
                break
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise BackupError(f"{describe()} cannot be used: {error}") from None
                if time.monotonic() > until:
                    raise BackupError(f"{describe()} is in use: {what}. {_STOP}") from None
                time.sleep(0.05)
            except sqlite3.DatabaseError as error:
                raise BackupError(f"{describe()} cannot be used: {error}") from None
        yield held


def open_sqlite(path: Path) -> sqlite3.Connection:
    """Open a SQLite database that is there; transactions are begun by hand."""
    try:
        return sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw", uri=True, timeout=0, isolation_level=None
        )
    except sqlite3.Error as error:
        raise BackupError(f"{path} cannot be opened: {error}") from None


def applied_migrations() -> list[str]:
    """Return the migrations applied to the database in use, as `app.name`."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def unknown_migrations(applied: list[str]) -> list[str]:
    """Return those of `applied` that this release does not know: the store is newer."""
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations or {}}
    replaced = {
        f"{app}.{name}"
        for migration in (loader.disk_migrations or {}).values()
        for app, name in migration.replaces
    }
    return [name for name in applied if name not in known | replaced]


def count_rows() -> dict[str, int]:
    """Return how many rows each table of the database in use has, whatever release made it."""
    names = connection.introspection.table_names(include_views=False)
    counts = {}
    with connection.cursor() as cursor:
        for name in sorted(names):
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608
            counts[name] = int(cursor.fetchone()[0])
    return counts


def has_tables() -> bool:
    """Return whether there is anything in the database in use. Raises BackupError."""
    if connection.vendor == "sqlite" and not sqlite_path().exists():
        return False
    try:
        return bool(connection.introspection.table_names())
    except DatabaseError as error:
        text = " ".join(str(error).split())
        raise BackupError(f"{describe()} does not answer: {text}") from None


def count_sqlite(opened: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows each table of an open SQLite database has."""
    names = opened.execute(
        "SELECT name FROM sqlite_master"
        " WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
    ).fetchall()
    return {
        name: int(opened.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0])  # noqa: S608
        for (name,) in names
    }
