"""Putting a restored PostgreSQL store in place: what is there goes to a schema of its own."""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction

from statuspage.backup import databases, tools
from statuspage.backup.errors import BackupError
from statuspage.backup.manifest import Manifest
from statuspage.backup.progress import Progress, Say
from statuspage.backup.verify import compare

_OF_SCHEMA = re.compile(r"^\d+; \d+ \d+ (SCHEMA|COMMENT|ACL) - (SCHEMA )?\S+")
_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p') ORDER BY relname
"""


def put(found: Manifest, store: Path, *, finish: Callable[[], None], stamp: str, say: Say) -> str:
    """Fill the database in use from the dump `store`, then have `finish` run on it.

    Returns where the former tables are kept, '' without any. Raises BackupError; then they are
    back.
    """
    program = tools.find("pg_restore")
    with _former_aside(f"replaced_{stamp}") as kept:
        progress = Progress(say, "pg_restore, rows so far")
        tools.run(
            [
                program, "--single-transaction", "--exit-on-error", "--no-owner",
                "--no-privileges", "--no-password", f"--use-list={_list(program, store)}",
                f"--dbname={tools.database_name()}", str(store),
            ],
            meanwhile=lambda: progress(_rows_written(), found.rows),
        )  # fmt: skip
        compare(found, databases.count_rows())
        finish()
    return kept


def _list(program: str, store: Path) -> Path:
    """Write what is to be restored: all but the schema, which is there."""
    done = subprocess.run(  # noqa: S603  (found by its name)
        [program, "--list", str(store)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"pg_restore cannot read it: {' '.join(done.stderr.split())[-500:]}")
    wanted = [line for line in done.stdout.splitlines() if not _OF_SCHEMA.match(line)]
    listed = store.with_name("list")
    listed.write_text("\n".join(wanted) + "\n", encoding="utf-8")
    return listed


def _rows_written() -> int:
    """Return how many rows COPY has written so far, as the server tells."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(SUM(tuples_processed), 0) FROM pg_stat_progress_copy"
            " WHERE datname = current_database()"
        )
        return int(cursor.fetchone()[0])


@contextmanager
def _former_aside(schema: str) -> Iterator[str]:
    """Move the tables that are there to a new schema; back again when the block fails.

    Yields where they are, in words; '' when there were none.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        home = str(cursor.fetchone()[0])
    if not _tables(home):
        try:
            yield ""
        except BaseException:
            _empty(home)
            raise
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {_quoted(schema)}")
        _move(home, schema)
    try:
        yield f'the schema "{schema}" of the same database'
    except BaseException:
        with transaction.atomic(), connection.cursor() as cursor:
            _empty(home)
            _move(schema, home)
            cursor.execute(f"DROP SCHEMA {_quoted(schema)}")
        raise


def _tables(schema: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [_quoted(schema)])
        return [str(name) for (name,) in cursor.fetchall()]


def _move(source: str, target: str) -> None:
    with connection.cursor() as cursor:
        for name in _tables(source):
            cursor.execute(
                f"ALTER TABLE {_quoted(source)}.{_quoted(name)} SET SCHEMA {_quoted(target)}"
            )


def _empty(schema: str) -> None:
    names = [f"{_quoted(schema)}.{_quoted(name)}" for name in _tables(schema)]
    if names:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {', '.join(names)} CASCADE")


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
