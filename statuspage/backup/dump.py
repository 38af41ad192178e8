"""Copies of a live store as of one instant: SQLite's backup API, and pg_dump."""

import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import connection, transaction

from statuspage.backup import databases, tools
from statuspage.backup.errors import BackupError
from statuspage.backup.progress import Progress, Say

_PAGES = 1024
"""Of a step: between two others may write."""


def dump(target: Path, *, say: Say) -> dict[str, int]:
    """Copy the store in use to a new file, with writers at work; return the rows by table.

    Raises BackupError.
    """
    return (
        _dump_sqlite(target, say) if connection.vendor == "sqlite" else _dump_postgres(target, say)
    )


def size_estimate() -> int:
    """Return about how many bytes a copy takes."""
    if connection.vendor == "sqlite":
        path = databases.sqlite_path()
        return sum(
            each.stat().st_size
            for each in (path, path.with_name(f"{path.name}-wal"))
            if each.exists()
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _dump_sqlite(target: Path, say: Say) -> dict[str, int]:
    progress = Progress(say, "copying, pages")
    target.touch(mode=0o600)
    with (
        closing(databases.open_sqlite(databases.sqlite_path())) as live,
        closing(databases.open_sqlite(target)) as copy,
    ):
        try:
            live.execute("PRAGMA busy_timeout = 20000")
            copy.execute("PRAGMA synchronous = OFF")
            # One read transaction: what others commit meanwhile would have each step begin anew.
            live.execute("BEGIN")
            live.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            live.backup(
                copy, pages=_PAGES, progress=lambda _, left, total: progress(total - left, total)
            )
            live.execute("ROLLBACK")
            copy.execute("PRAGMA journal_mode = DELETE")
            return databases.count_sqlite(copy)
        except sqlite3.Error as error:
            raise BackupError(f"the store could not be copied: {error}") from None


def _dump_postgres(target: Path, say: Say) -> dict[str, int]:
    program = tools.find_for_server("pg_dump")
    total = size_estimate()
    progress = Progress(say, "pg_dump, bytes so far")
    target.touch(mode=0o600)
    with transaction.atomic(), connection.cursor() as cursor:
        # The counts are of the same instant as the dump.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot(), current_schema()")
        snapshot, schema = cursor.fetchone()
        command = [
            program, "--format=custom", "--no-owner", "--no-privileges", "--no-password",
            "--lock-wait-timeout=60000", f"--schema={schema}", f"--snapshot={snapshot}",
            f"--file={target}", f"--dbname={tools.database_name()}",
        ]  # fmt: skip
        say(f"  pg_dump reads a database of {total:,} bytes")
        with tools.running(command) as process:
            counts = databases.count_rows()
            tools.finish(process, meanwhile=lambda: progress(target.stat().st_size, 0))
    return counts
