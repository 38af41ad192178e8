"""Waiting for the journal to grow, on either database, without missing a notification."""

import logging
import time
from typing import Any

from django.db import connection

from components.journal import CHANNEL

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2
"""How often SQLite is polled: well inside the promised 250 ms."""


class JournalWaiter:
    """Blocks until something may have been appended, or `timeout` seconds have passed.

    On PostgreSQL it holds a connection of its own and LISTENs; on SQLite it polls
    `PRAGMA data_version`, which changes when another connection has committed.
    """

    def __init__(self) -> None:
        self._listener: Any = None
        self._data_version: int | None = None

    def wait(self, timeout: float) -> bool:
        """Wait; return whether there may be news. Raises the database's error if unreachable."""
        if connection.vendor == "postgresql":
            # The driver's errors become Django's, and are noted as such.
            with connection.wrap_database_errors:
                return self._wait_for_notify(timeout)
        return self._poll(timeout)

    def _wait_for_notify(self, timeout: float) -> bool:
        if self._listener is None or self._listener.closed:
            import psycopg  # noqa: PLC0415  (only PostgreSQL needs the driver)

            # Not through Django: a pooled or per-request connection would lose its LISTEN.
            params = connection.get_connection_params()
            for name in ("cursor_factory", "context", "prepare_threshold"):
                params.pop(name, None)
            self._listener = psycopg.connect(**params, autocommit=True)
            self._listener.execute(f"LISTEN {CHANNEL}")
            return True  # whatever was appended before LISTEN is news
        return any(True for _ in self._listener.notifies(timeout=timeout, stop_after=1))

    def _poll(self, timeout: float) -> bool:
        until = time.monotonic() + timeout
        while True:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA data_version")
                version = cursor.fetchone()[0]
            if version != self._data_version:
                self._data_version = version
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(POLL_SECONDS, left))

    def close(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
