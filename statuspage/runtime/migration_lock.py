"""How tables are changed on PostgreSQL while others use them: by one at a time, waiting for nobody
for long.

A statement that changes a table waits for whoever is at it, and everybody after it waits for the
statement. So it gives up after `LOCK_TIMEOUT`, lets the others through, and tries again.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.db import OperationalError
from psycopg import errors

_ADVISORY_LOCK = 0x6D696772
"""An arbitrary constant: "migr" in ASCII."""
LOCK_TIMEOUT = "2s"
TRIES = 30
PAUSE_SECONDS = 3.0
REMIND_SECONDS = 15.0
_GAVE_UP = (errors.LockNotAvailable, errors.DeadlockDetected)
_TABLE = re.compile(r'"([a-z_\d]+)"')


@contextmanager
def only_one(
    connection: Any, *, say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold the lock of migrations in the block, after waiting for whoever has it."""
    # A session of its own: that of the migrations may be lost, and this lock with it.
    with closing(connection.copy()) as other, other.cursor() as cursor:
        waited = 0.0
        while not _try_lock(cursor):
            if waited % REMIND_SECONDS == 0:
                say(f"Waiting for another process that migrates this database: {_holder(cursor)}.")
            sleep(1.0)
            waited += 1.0
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY_LOCK])


def with_retries(
    connection: Any,
    run: Callable[[], None],
    *,
    say: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Run `run` with a short lock timeout, again and again while a lock cannot be had.

    What it has done stays done: each migration is recorded by itself. Raises the last error.
    """
    failed: list[str] = []

    def note_failed(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        try:
            return execute(sql, params, many, context)
        except OperationalError:
            failed[:] = [str(sql)]
            raise

    for attempt in range(1, TRIES + 1):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
        try:
            with connection.execute_wrapper(note_failed):
                run()
        except OperationalError as error:
            if not isinstance(error.__cause__, _GAVE_UP) or attempt == TRIES:
                raise
            say(
                f"{_waited_for(connection, failed)} Trying again in {PAUSE_SECONDS:.0f} s "
                f"({attempt} of {TRIES - 1})."
            )
            sleep(PAUSE_SECONDS)
        else:
            return
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")


def _try_lock(cursor: Any) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ADVISORY_LOCK])
    return bool(cursor.fetchone()[0])


def _holder(cursor: Any) -> str:
    cursor.execute(
        f"SELECT {_SESSION} FROM pg_stat_activity a JOIN pg_locks l USING (pid)"  # noqa: S608  (a constant)
        " WHERE l.locktype = 'advisory' AND l.objid = %s AND l.granted",
        [_ADVISORY_LOCK],
    )
    row = cursor.fetchone()
    return str(row[0]) if row else "it has just ended"


_SESSION = (
    "format('%%s, process %%s%%s', COALESCE(NULLIF(a.application_name, ''), 'a program'), a.pid,"
    " COALESCE(' from ' || host(a.client_addr), ''))"
)


def _waited_for(connection: Any, failed: list[str]) -> str:
    """Return who had the table that the failed statement was for, as a sentence."""
    found = _TABLE.search(failed[0]) if failed else None
    table = found[1] if found else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_SESSION} || format(', in a transaction for %%s s',"  # noqa: S608  (a constant)
            " round(extract(epoch FROM clock_timestamp() - a.xact_start)))"
            " FROM pg_stat_activity a JOIN pg_locks l USING (pid)"
            " WHERE l.relation = to_regclass(quote_ident(%s)) AND l.granted"
            " AND a.pid <> pg_backend_pid() ORDER BY a.xact_start LIMIT 1",
            [table],
        )
        row = cursor.fetchone()
    who = row[0] if row else "others, who have left it since"
    what = f"the table {table}" if table else "a table"
    return f"Waited {LOCK_TIMEOUT} for {what}, in use by {who}."
