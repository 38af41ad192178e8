"""Which errors say that the database is away, or takes no writes, and which are faults of ours."""

import sqlite3
from contextlib import suppress

from django.db import Error, InterfaceError, OperationalError

_READ_ONLY = "25006"
"""PostgreSQL's read_only_sql_transaction."""
_UNDEFINED = ("42P01", "42703")  # a table, a column
_CONTENTION = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL's serialization failure, deadlock and lock timeout: it is there, and busy."""
_SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
    }
)  # fmt: skip
"""SQLite's codes for what is no fault of a statement. One that names what is not there is."""
_PRIMARY = 0xFF
MAX_TEXT = 300


class ReadOnlyError(OperationalError):
    """The database takes no writes: it is a standby, or was made read-only."""


def is_unavailable(error: BaseException | None) -> bool:
    """Return whether the same may succeed later without anybody mending the product.

    That is so while the database is away, hangs, is locked, full or read-only, and when two
    transactions stood in each other's way.
    """
    if not isinstance(error, Error):
        return False
    if is_read_only(error) or isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is None or (code & _PRIMARY) in _SQLITE_AWAY


def is_contention(error: BaseException) -> bool:
    """Return whether transactions stood in each other's way: the database itself is well."""
    return getattr(error.__cause__, "sqlstate", None) in _CONTENTION


def is_locked(error: BaseException) -> bool:
    """Return whether SQLite's file was locked by another process for longer than is waited."""
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY == sqlite3.SQLITE_BUSY


def is_missing_in_schema(error: BaseException) -> bool:
    """Return whether a table or a column is not there."""
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) in _UNDEFINED:
        return True
    # SQLite has no code of its own for it.
    return isinstance(cause, sqlite3.OperationalError) and str(cause).startswith(
        ("no such table", "no such column")
    )


def is_read_only(error: BaseException) -> bool:
    """Return whether a write was refused because the database takes none."""
    if isinstance(error, ReadOnlyError):
        return True
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) == _READ_ONLY:
        return True
    code = getattr(cause, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY == sqlite3.SQLITE_READONLY


def reason(error: BaseException) -> str:
    """Return what the database said, in one line of moderate length."""
    text = ""
    with suppress(Exception):  # a text that cannot be decoded
        text = " ".join(str(error).split())
    return (text or type(error).__name__)[:MAX_TEXT]
