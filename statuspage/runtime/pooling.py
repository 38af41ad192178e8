"""Whether a connection pooler stands before PostgreSQL that shares sessions between clients.

The product works in sessions: it prepares statements, and listens. PgBouncer in the mode
`transaction` or `statement` gives each transaction to any session
(https://www.pgbouncer.org/features.html). Nothing in the protocol tells its mode; but two clients
that are connected at the same time have the same session then, or one has another one in turn. Only
numbers of sessions are asked for: nothing is left behind.
"""

import logging
import os
import socket
import threading
from contextlib import suppress
from typing import Any

from django.db import connection

log = logging.getLogger(__name__)

TRIES = 5
"""So often others may have come between."""
WAIT_SECONDS = 5.0
"""For a second session. A pooler that has none to give does not share them."""
ADVICE = (
    "Give the product session pooling: pool_mode = session in pgbouncer.ini for this database, or "
    "connect DATABASE_URL to PostgreSQL itself."
)


class SharedSessionsError(Exception):
    """DATABASE_URL leads to a connection pooler that shares sessions between transactions."""

    def __str__(self) -> str:
        return f"{self.__doc__} {ADVICE}"


def refuse_shared_sessions() -> None:
    """Raise SharedSessionsError if sessions are shared; return if not, or if nobody can say."""
    try:
        shared = shares_sessions()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is the database's to tell later)
        log.debug("whether sessions are shared could not be found out: %s", error)
        return
    if shared:
        raise SharedSessionsError


def shares_sessions() -> bool:
    """Return whether two clients share a session. Raises the driver's error if none answers."""
    if connection.vendor != "postgresql":
        return False
    import psycopg  # noqa: PLC0415  (only PostgreSQL needs the driver)

    with _connect() as one:
        if one.info.backend_pid == _session(one):
            return False  # there is no pooler: it would have made up a number of its own
        with _connect() as other:
            timer = threading.Timer(WAIT_SECONDS, _break_off, [os.dup(other.fileno())])
            timer.daemon = True
            timer.start()
            try:
                return any(_is_shared(one, other) for _ in range(TRIES))
            except psycopg.errors.ProtocolViolation:
                return True  # `statement`: it allows no transactions
            except psycopg.OperationalError:
                return False  # there was no second session
            finally:
                timer.cancel()


def _connect() -> Any:
    """Return a connection of its own, in which nothing is prepared."""
    import psycopg  # noqa: PLC0415  (only PostgreSQL needs the driver)

    params = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold", "pool"):
        params.pop(name, None)
    return psycopg.connect(**params, autocommit=True, prepare_threshold=None)


def _is_shared(one: Any, other: Any) -> bool:
    """Return whether `other`, in a transaction, has what was the session of `one`."""
    before = _session(one)
    with other.transaction():
        return _session(other) == before or _session(one) != before


def _session(client: Any) -> int:
    return int(client.execute("SELECT pg_backend_pid()").fetchone()[0])


def _break_off(descriptor: int) -> None:
    with suppress(OSError), socket.socket(fileno=descriptor) as waiting:
        waiting.shutdown(socket.SHUT_RDWR)
