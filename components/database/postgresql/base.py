"""Django's backend for PostgreSQL, which lets go of servers that died or take no writes any more.

A pool hands out what it holds. After a restart or a fail-over all of that leads to a server that
is gone, or to one that has become read-only, and each connection would cost a request. So the
first that finds out has the whole pool replaced; what is connected anew finds the server that takes
writes, by libpq's `target_session_attrs`.
"""

import logging
from typing import Any

from django.db.backends.postgresql import base
from django.utils.functional import cached_property

from components.database.error_wrapper import NotingErrorWrapper
from components.database.errors import ReadOnlyError, is_read_only
from components.database.outage import OUTAGE

# It would add a line for each try to connect, in every process: OUTAGE says what has to be said.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)

_IS_READ_ONLY = "SELECT current_setting('transaction_read_only')::boolean, pg_is_in_recovery()"


class DatabaseWrapper(base.DatabaseWrapper):
    """See the module."""

    @cached_property
    def wrap_database_errors(self) -> NotingErrorWrapper:
        return NotingErrorWrapper(self)

    def let_go(self, error: BaseException) -> None:
        """Have no connection used again that leads where this `error` came from."""
        is_lost = self.connection is not None and self.connection.closed
        pools: dict[str, Any] = getattr(self, "_connection_pools", {})
        pool = pools.get(self.alias)
        # What is in use is closed when it is returned.
        if pool is not None and not pool.closed and (is_lost or is_read_only(error)):
            pool.drain()

    def is_usable(self) -> bool:
        """Whether this connection answers, and leads to a server that takes writes.

        Asked after an error, and before a connection is used again that lay idle.
        """
        if self.connection is None:
            return False
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(_IS_READ_ONLY)
                is_read_only_now = cursor.fetchone()[0]
        except self.Database.Error:
            return False
        return not is_read_only_now

    def check_writable(self) -> None:
        """Ask whether the server takes writes. Raises ReadOnlyError, or the database's error."""
        with self.cursor() as cursor:
            cursor.execute(_IS_READ_ONLY)
            read_only, is_standby = cursor.fetchone()
        if not read_only:
            return
        why = "it is a standby" if is_standby else "default_transaction_read_only is on"
        error = ReadOnlyError(f"PostgreSQL takes no writes: {why}")
        OUTAGE.failed(error)
        self.let_go(error)
        self.errors_occurred = True
        raise error
