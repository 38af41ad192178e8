"""The test database: made once and copied to each process, and emptied quickly after each test."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

_OF_MIGRATE = (
    "django_content_type", "auth_permission", "auth_group", "auth_group_permissions",
)  # fmt: skip
"""What `migrate` fills by itself, in an order in which rows may be inserted."""


class EmptyStore:
    """Brings the store back to how `migrate` left it, but for rows of our own migrations.

    Django's `flush` looks for the tables and makes content types, permissions and roles anew after
    each test, which takes a third of a second; the rows of these are kept here instead. TRUNCATE
    would make new files for every table and index on PostgreSQL.
    """

    def __init__(self) -> None:
        self._tables = connection.introspection.django_table_names(
            only_existing=True, include_views=False
        )
        with connection.cursor() as cursor:
            self._kept = {table: _rows(cursor, table) for table in _OF_MIGRATE}

    def restore(self) -> None:
        # Hardly any test changes these, and to compare them takes a tenth of writing them.
        with connection.cursor() as cursor:
            kept = all(_rows(cursor, table) == rows for table, rows in self._kept.items())
        emptied = [table for table in self._tables if not kept or table not in self._kept]
        if connection.vendor == "sqlite":
            _run_at_once("".join(map(_delete, emptied)))
            if not kept:
                with transaction.atomic(), connection.cursor() as cursor:
                    self._insert(cursor)
            return
        with transaction.atomic(), connection.cursor() as cursor:
            # As a replica: in no order that foreign keys would ask for.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("".join(map(_delete, emptied)))
            if not kept:
                self._insert(cursor)

    def _insert(self, cursor: Any) -> None:
        for table, rows in self._kept.items():
            if rows:
                places = ", ".join(["%s"] * len(rows[0]))
                name = connection.ops.quote_name(table)
                cursor.executemany(f"INSERT INTO {name} VALUES ({places})", rows)

    def use(self) -> None:
        """Restore it after each test that commits."""

        def restore(_test_case: TransactionTestCase) -> None:
            self.restore()

        TransactionTestCase._fixture_teardown = restore  # type: ignore[attr-defined]


def _run_at_once(statements: str) -> None:
    """Run SQL on SQLite in one call and transaction, in a tenth of the time of one by one."""
    connection.ensure_connection()
    try:
        connection.connection.executescript(f"BEGIN IMMEDIATE;{statements}COMMIT;")
    except BaseException:
        if connection.connection.in_transaction:
            connection.connection.rollback()
        raise


def _delete(table: str) -> str:
    return f"DELETE FROM {connection.ops.quote_name(table)};"


def _rows(cursor: Any, table: str) -> Sequence[Sequence[Any]]:
    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
    rows: Sequence[Sequence[Any]] = cursor.fetchall()
    return rows
