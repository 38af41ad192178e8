"""Copying tables to another database, each batch in one transaction with how far it is.

One that was broken off goes on behind its last batch.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from django.db import DatabaseError, connections, transaction

from statuspage.backup import rows, tables
from statuspage.backup.errors import BackupError
from statuspage.backup.progress import Progress, Say
from statuspage.backup.rows import Cleaner, Reader, Row
from statuspage.backup.tables import Model

TARGET = "target"
"""The alias of the database that is copied to."""
_STATE = "statuspage_move"
_IDENTITY = "-"
"""The row of the state that says which store is copied."""


class State:
    """How far a move is: a table in the target, which goes when it is done."""

    def exists(self) -> bool:
        return _STATE in connections[TARGET].introspection.table_names()

    def begin(self, identity: str) -> None:
        self._run(f"CREATE TABLE {_STATE} (name varchar(100) PRIMARY KEY, last_key text NOT NULL)")
        self.set(_IDENTITY, [identity])

    def identity(self) -> str:
        found = self.get(_IDENTITY)
        return str(found[0]) if found else ""

    def get(self, name: str) -> Row | None:
        with connections[TARGET].cursor() as cursor:
            cursor.execute(f"SELECT last_key FROM {_STATE} WHERE name = %s", [name])  # noqa: S608
            found = cursor.fetchone()
        return tuple(json.loads(found[0])) if found else None

    def set(self, name: str, key: list[object]) -> None:
        self.remove(name)
        self._run(f"INSERT INTO {_STATE} VALUES (%s, %s)", name, json.dumps(key))  # noqa: S608

    def remove(self, name: str) -> None:
        self._run(f"DELETE FROM {_STATE} WHERE name = %s", name)  # noqa: S608

    def end(self) -> None:
        self._run(f"DROP TABLE {_STATE}")

    def _run(self, sql: str, *values: str) -> None:
        with connections[TARGET].cursor() as cursor:
            cursor.execute(sql, values)


@dataclass(slots=True)
class Copied:
    """A table's rows, as they were read for copying."""

    count: int = 0
    digest: int = 0
    whole: bool = True
    """Whether all of them were copied by this run."""


def copy_table(model: Model, state: State, *, say: Say) -> Copied:
    """Copy what the target lacks of a table. Raises BackupError that names the row."""
    reader = Reader(model, using="default")
    name, last = model._meta.db_table, state.get(model._meta.db_table)
    cleaner, copied = Cleaner(reader), Copied(whole=last is None)
    progress, total = Progress(say, name), reader.count()
    # What refers to rows of its own table, which may come later, is checked in the end.
    at_once = transaction.atomic(using=TARGET) if tables.refers_to_itself(model) else nullcontext()
    with _naming(name), at_once:
        for batch in reader.batches(last):
            cleaned = [cleaner(row) for row in batch]
            with transaction.atomic(using=TARGET):
                _write(model, cleaned, reader)
                state.set(name, list(reader.key_of(batch[-1])))
            copied.count += len(batch)
            for row in cleaned:
                copied.digest = rows.added(copied.digest, rows.digest(row, reader.columns))
            progress(copied.count, total)
    for column, count in cleaner.replaced.items():
        say(f"  {column}: {count} values had a character that cannot be stored; it is U+FFFD now")
    return copied


def _write(model: Model, batch: list[Row], reader: Reader) -> None:
    try:
        with transaction.atomic(using=TARGET):
            rows.write(model, batch, using=TARGET)
    except DatabaseError:
        for row in batch:
            try:
                with transaction.atomic(using=TARGET):
                    rows.write(model, [row], using=TARGET)
            except DatabaseError as error:
                key = ", ".join(map(str, reader.key_of(row)))
                text = " ".join(str(error).split())
                raise BackupError(
                    f"{model._meta.db_table}, row {key}, cannot be stored there: {text[:300]}. "
                    "Correct it in the store that is moved, then run this again."
                ) from None
        raise


@contextmanager
def _naming(table: str) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        text = " ".join(str(error).split())
        raise BackupError(f"{table} could not be copied: {text[:500]}") from None


def copy_again(model: Model, state: State, *, say: Say) -> Copied:
    """Copy a whole table anew, in one transaction."""
    name = model._meta.db_table
    with _naming(name), transaction.atomic(using=TARGET):
        with connections[TARGET].cursor() as cursor:
            cursor.execute(f"DELETE FROM {connections[TARGET].ops.quote_name(name)}")  # noqa: S608
        state.remove(name)
        return copy_table(model, state, say=say)


def read_digest(model: Model, *, using: str, say: Say) -> Copied:
    """Read a table as a whole, and digest it."""
    reader, read = Reader(model, using=using), Copied()
    cleaner = Cleaner(reader)
    progress, total = Progress(say, f"verifying {model._meta.db_table}"), reader.count()
    for batch in reader.batches():
        read.count += len(batch)
        for row in batch:
            read.digest = rows.added(read.digest, rows.digest(cleaner(row), reader.columns))
        progress(read.count, total)
    return read
