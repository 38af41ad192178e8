"""Reads of SQLite databases that came from elsewhere: never written, never believed."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from statuspage.importers.description import SourceFileError

_MAGIC = b"SQLite format 3\x00"
_LACKING = re.compile(r"no such (column|table): (\S+)")


class SqliteFile:
    """An open database; only its tables are read, for a view may be anything."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self.tables = {str(name) for (name,) in rows}

    def columns(self, table: str) -> set[str]:
        """Return the names of a table's columns; none when there is no such table."""
        if table not in self.tables:
            return set()
        rows = self._connection.execute(f"PRAGMA table_info({_quoted(table)})")
        return {str(row[1]) for row in rows}

    def rows(self, table: str, *, order: str = "", where: str = "") -> Iterator[dict[str, Any]]:
        """Yield a table's rows by column; none when there is no such table."""
        if table not in self.tables:
            return
        sql = f"SELECT * FROM {_quoted(table)}"  # noqa: S608  (a name that was quoted)
        sql += f" WHERE {where}" if where else ""
        sql += f" ORDER BY {order}" if order else ""
        yield from self.query(sql)

    def query(self, sql: str, arguments: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
        """Yield the rows of a query by column."""
        cursor = self._connection.execute(sql, arguments)
        names = [each[0] for each in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def open_sqlite(path: Path, *, product: str) -> Iterator[SqliteFile]:
    """Open a database to read it. Raises SourceFileError, also for what turns out broken later."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except OSError as error:
        raise SourceFileError(f"It cannot be read: {error.strerror}.") from None
    if head != _MAGIC:
        what = "It is empty" if not head else "It is no SQLite database"
        raise SourceFileError(f"{what}; the database of {product} is needed.")
    try:
        connection = _connect(path)
    except sqlite3.Error as error:
        raise SourceFileError(f"SQLite cannot open it: {error}.") from None
    try:
        yield SqliteFile(connection)
    except sqlite3.OperationalError as error:
        if (lacking := _LACKING.match(str(error))) is None:
            raise _broken(error, product) from None
        raise SourceFileError(
            f"It has no {lacking[1]} {lacking[2]}: it is of a release of {product} that is not"
            " known here, or is not its database."
        ) from None
    except sqlite3.Error as error:
        raise _broken(error, product) from None
    finally:
        connection.close()


def _broken(error: sqlite3.Error, product: str) -> SourceFileError:
    return SourceFileError(
        f"SQLite cannot read it to its end: {error}. Stop {product}, and copy the file again"
        " together with those that end in -wal and -shm."
    )


def _connect(path: Path) -> sqlite3.Connection:
    # With a journal beside it, what was written last is there; without one, nothing may change.
    journal = path.with_name(f"{path.name}-wal")
    options = "mode=ro" if journal.exists() and journal.stat().st_size else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?{options}", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection
