"""Whether the database takes writes, for who only reads and would never find out."""

from typing import Any

from django.db import connections


def check_writable(alias: str = "default") -> None:
    """Ask whether the database takes writes. Raises ReadOnlyError, or the database's error.

    On SQLite nothing is asked: whether a file can be written is found out by writing.
    """
    connection: Any = connections[alias]
    check = getattr(connection, "check_writable", None)
    if check is not None:
        check()
