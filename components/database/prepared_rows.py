"""Queries whose SQL is compiled once in a process, not with every question.

To build and compile a query takes the ORM up to a millisecond of processor time, most often longer
than the database takes to answer it. A publication asks some thirty.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql import Query


@dataclass(frozen=True, slots=True)
class _Compiled:
    query: Query
    sql: str
    params: tuple[Any, ...]
    columns: list[Any]


_PLACES = tuple(datetime(9000, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(4))
"""Stand for the instants of a query while it is compiled."""


class PreparedRows:
    """The rows of a `values_list` query, read anew with every call.

    The query is made when it is first asked: `make` must give the same one each time, whatever the
    instants are that it takes.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]], *, instants: int = 0) -> None:
        self._make = make
        self._places = _PLACES[:instants]
        self._by_vendor: dict[str, _Compiled] = {}

    def statement(self, *instants: datetime) -> tuple[str, tuple[Any, ...]]:
        """Return the SQL and its parameters, for `Manager.raw`."""
        compiled = self._compiled()
        adapt: Callable[[datetime], Any] = connection.ops.adapt_datetimefield_value
        values = {adapt(place): adapt(at) for place, at in zip(self._places, instants, strict=True)}
        if not values:
            return compiled.sql, compiled.params
        return compiled.sql, tuple(values.get(each, each) for each in compiled.params)

    def __call__(self, *instants: datetime) -> list[tuple[Any, ...]]:
        """Return the rows as the query set would."""
        compiled = self._compiled()
        with connection.cursor() as cursor:
            cursor.execute(*self.statement(*instants))
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        # Made here each time: they belong to the connection, which is that of a thread.
        compiler = compiled.query.get_compiler(connection=connection)
        converters = compiler.get_converters(compiled.columns)
        if not converters:
            return rows
        return [tuple(row) for row in compiler.apply_converters(rows, converters)]

    def _compiled(self) -> _Compiled:
        vendor = connection.vendor
        if vendor not in self._by_vendor:
            self._by_vendor[vendor] = _compile(self._make(*self._places).query)
        return self._by_vendor[vendor]


def _compile(query: Query) -> _Compiled:
    compiler = query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    return _Compiled(query, sql, tuple(params), [column for column, _, _ in compiler.select])
