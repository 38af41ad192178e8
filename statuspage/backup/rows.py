"""Rows on their way from one database to another: read, cleaned, written, and digested.

A digest is the sum of the rows' hashes: it does not depend on the order, which databases have
their own ideas of for text.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connections, models
from django.db.models.functions import Cast

from components.secrets import Sealed
from statuspage.backup import tables
from statuspage.backup.tables import Model

BATCH = 2_000
Row = tuple[Any, ...]

_MODULUS = 1 << 128
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


class Reader:
    """Reads a table in the order of its primary key, in batches."""

    def __init__(self, model: Model, *, using: str) -> None:
        self.model, self._using = model, using
        self.columns = tables.columns(model)
        attributes = [column.attname for column in self.columns]
        self._key_places = [attributes.index(name) for name in tables.key_names(model)]

    def count(self) -> int:
        return self.model._base_manager.using(self._using).count()

    def batches(self, key: Row | None = None) -> Iterator[list[Row]]:
        """Yield the rows behind `key`, or all of them; JSON as its text."""
        # JSON null and no value are two things, which Django makes one of.
        wanted = [
            Cast(column.attname, models.TextField())
            if isinstance(column, models.JSONField)
            else models.F(column.attname)
            for column in self.columns
        ]
        base = self.model._base_manager.using(self._using).order_by(*tables.key_names(self.model))
        while True:
            rows = base.filter(tables.after(self.model, key)) if key is not None else base
            found = list(rows.values_list(*wanted)[:BATCH])
            if found:
                yield found
            if len(found) < BATCH:
                return
            key = self.key_of(found[-1])

    def key_of(self, row: Row) -> Row:
        return tuple(row[place] for place in self._key_places)


class Cleaner:
    """Makes values what both databases can hold; counts what had to be replaced, by column."""

    def __init__(self, reader: Reader) -> None:
        self._table = reader.model._meta.db_table
        self._columns = reader.columns
        self._json = [isinstance(column, models.JSONField) for column in reader.columns]
        self.replaced: dict[str, int] = {}

    def __call__(self, row: Row) -> Row:
        return tuple(
            self._cleaned(number, value) if isinstance(value, str) else value
            for number, value in enumerate(row)
        )

    def _cleaned(self, number: int, value: str) -> Any:
        if self._json[number]:
            # Most JSON has no escaped character that could be one of those.
            if "\\u" not in value and "\0" not in value:
                return value
            return json.dumps(self._inside(number, json.loads(value)))
        return self._text(number, value)

    def _text(self, number: int, value: str) -> str:
        if _NOT_STORABLE.search(value) is None:
            return value
        name = f"{self._table}.{self._columns[number].column}"
        self.replaced[name] = self.replaced.get(name, 0) + 1
        return _NOT_STORABLE.sub(_REPLACEMENT, value)

    def _inside(self, number: int, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(number, value)
        if isinstance(value, list):
            return [self._inside(number, each) for each in value]
        if isinstance(value, dict):
            return {
                self._text(number, name): self._inside(number, each) for name, each in value.items()
            }
        return value


def write(model: Model, rows: Sequence[Row], *, using: str) -> None:
    """Insert rows, with their keys. Raises the database's error; all or none."""
    connection, columns = connections[using], tables.columns(model)
    prepared = (
        [_prepared(column, value, connection) for column, value in zip(columns, row, strict=True)]
        for row in rows
    )
    quote = connection.ops.quote_name
    target = f"{quote(model._meta.db_table)} ({', '.join(quote(each.column) for each in columns)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What Django does with all that it executes itself.
            wrapped = connection.wrap_database_errors
            with wrapped, cursor.copy(f"COPY {target} FROM STDIN") as copy:
                for row in prepared:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            sql = f"INSERT INTO {target} VALUES ({places})"  # noqa: S608  (our own names)
            cursor.executemany(sql, list(prepared))


def _prepared(column: Any, value: Any, connection: Any) -> Any:
    if isinstance(column, models.JSONField):
        return value
    # As it is: fields that are set at each saving are not set now.
    return column.get_db_prep_save(value, connection)


def digest(row: Row, columns: Sequence[Any]) -> int:
    """Return a hash of a row that is the same in either database."""
    parts = [
        _canonical(json.loads(value) if value is not None else None)
        if isinstance(column, models.JSONField)
        else _canonical(value)
        for column, value in zip(columns, row, strict=True)
    ]
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "big")


def added(total: int, value: int) -> int:
    """Return the sum of two digests."""
    return (total + value) % _MODULUS


def _canonical(value: Any) -> str:
    """Return one text for each value, with its type; numbers that are equal have the same."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return f"b{value:d}"
    for kind, text in _TEXTS:
        if isinstance(value, kind):
            return str(text(value))
    raise TypeError(f"no text for a {type(value).__name__}")


def _number(value: float) -> str:
    return f"n{int(value)}" if value == value // 1 and abs(value) != float("inf") else f"n{value!r}"


def _object(value: dict[str, Any]) -> str:
    inner = (f"{name!r}:{_canonical(each)}" for name, each in sorted(value.items()))
    return f"{{{','.join(inner)}}}"


_TEXTS: tuple[tuple[Any, Any], ...] = (
    (str, lambda value: f"s{value}"),
    (int, lambda value: f"n{value}"),
    (float, _number),
    (datetime, lambda value: f"t{value.astimezone(UTC).isoformat()}"),
    (time, lambda value: f"c{value.isoformat()}"),
    (timedelta, lambda value: f"d{value // timedelta(microseconds=1)}"),
    (bytes | memoryview | bytearray, lambda value: f"x{bytes(value).hex()}"),
    (UUID, lambda value: f"u{value.hex}"),
    (Sealed, lambda value: f"z{value.token}"),
    (list, lambda value: f"[{','.join(map(_canonical, value))}]"),
    (dict, _object),
)
