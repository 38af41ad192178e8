"""Waiting for the journal to move, on either database, without missing a ring of the bell."""

import logging
import time
from types import TracebackType
from typing import Any, Self

from django.db import connection

from components.journal import CHANNEL

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2
"""How often SQLite is looked at: well inside the promised 250 ms."""


class JournalWaiter:
    """Blocks until something may have been appended, or `timeout` seconds have passed.

    On PostgreSQL it holds a connection of its own and LISTENs; on SQLite it looks at
    `PRAGMA data_version`, which changes when another connection has committed.
    """

    def __init__(self) -> None:
        self._listening: Any = None
        self._seen: int | None = None

    def wait(self, timeout: float) -> bool:
        """Whether there may be news. Raises the database's error when it cannot be reached."""
        if connection.vendor == "postgresql":
            return self._wait_for_bell(timeout)
        return self._look(timeout)

    def _wait_for_bell(self, timeout: float) -> bool:
        if self._listening is None or self._listening.closed:
            import psycopg  # noqa: PLC0415  (only PostgreSQL needs the driver)

            # Not through Django: a pooled or per-request connection would lose its LISTEN.
            params = connection.get_connection_params()
            for name in ("cursor_factory", "context", "prepare_threshold"):
                params.pop(name, None)
            self._listening = psycopg.connect(**params, autocommit=True)
            self._listening.execute(f"LISTEN {CHANNEL}")
            return True  # whatever was appended before LISTEN is news
        return any(True for _ in self._listening.notifies(timeout=timeout, stop_after=1))

    def _look(self, timeout: float) -> bool:
        until = time.monotonic() + timeout
        while True:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA data_version")
                version = cursor.fetchone()[0]
            if version != self._seen:
                self._seen = version
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(POLL_SECONDS, left))

    def close(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
