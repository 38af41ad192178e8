"""What a drill asks its store directly, without the product: SQLite's file, or PostgreSQL."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Rows = list[tuple[Any, ...]]


def ask_sqlite(path: Path, sql: str, values: Sequence[Any]) -> Rows:
    """Nothing while it does not answer."""
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()
    except sqlite3.Error:
        return []


def ask_postgres(url: str, sql: str, values: Sequence[Any]) -> Rows:
    """The same; places are marked with `?` as well."""
    # Only who drills on PostgreSQL needs its driver.
    import psycopg  # noqa: PLC0415  (only a drill on PostgreSQL needs the driver)

    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            return connection.execute(sql.replace("?", "%s").encode(), values).fetchall()
    except psycopg.Error:
        return []
