"""F-O11: SQLite knows its large tables, and is not misled by what small ones were once like."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection

from components.database.sqlite.statistics import LARGE, refresh_statistics

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
_FILL = """
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < %s)
INSERT INTO {table} SELECT n, n %% 7 FROM n
"""
TABLES = ("a_small", "b_large", "c_without_rowid")


@pytest.fixture
def tables() -> Iterator[None]:
    with connection.cursor() as cursor:
        for table in TABLES:
            end = "WITHOUT ROWID" if "without" in table and connection.vendor == "sqlite" else ""
            cursor.execute(f"CREATE TABLE {table} (id integer PRIMARY KEY, a integer) {end}")
            cursor.execute(f"CREATE INDEX {table}_a ON {table} (a)")
            cursor.execute(_FILL.format(table=table), [10 if "small" in table else LARGE + 1])
    yield
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DROP TABLE {table}")


@pytest.mark.usefixtures("tables")
def test_large_tables_have_statistics_and_small_ones_none() -> None:
    found = refresh_statistics()

    if connection.vendor != "sqlite":
        assert found == []
        return
    assert found == ["b_large", "c_without_rowid"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tbl FROM sqlite_stat1 WHERE tbl LIKE '_\\__%' ESCAPE '\\'")
        assert {name for (name,) in cursor.fetchall()} == {"b_large", "c_without_rowid"}


@pytest.mark.usefixtures("tables")
def test_migrate_gathers_them() -> None:
    call_command("migrate", verbosity=0)

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'b_large'")
            assert cursor.fetchone()[0] >= 1
