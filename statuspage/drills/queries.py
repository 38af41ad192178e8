"""Queries of a drill on its store, without the product: SQLite's file, or PostgreSQL."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Rows = list[tuple[Any, ...]]


def query_sqlite(path: Path, sql: str, values: Sequence[Any]) -> Rows:
    """Return the rows of a query; none while the store does not answer."""
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()
    except sqlite3.Error:
        return []


def query_postgres(url: str, sql: str, values: Sequence[Any]) -> Rows:
    """Return the rows of a query; parameters are marked with `?` as well."""
    # Only who drills on PostgreSQL needs its driver.
    import psycopg  # noqa: PLC0415  (only a drill on PostgreSQL needs the driver)

    try:
        # Of several servers that which takes writes.
        with psycopg.connect(
            url, connect_timeout=5, target_session_attrs="read-write"
        ) as connection:
            return connection.execute(sql.replace("?", "%s").encode(), values).fetchall()
    except psycopg.Error:
        return []
