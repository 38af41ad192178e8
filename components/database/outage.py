"""The outages of the database as one process sees them: one line at the start, one a minute, one
at the end, however many loops, threads and requests run into them.

Every statement says how it went (see `error_wrapper`). Some of them succeed all the while, for a
locked, full or read-only database can be read; so an outage ends with a success only when nothing
has failed for `SETTLED_SECONDS`.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

from components.database.errors import (
    is_contention,
    is_locked,
    is_read_only,
    is_unavailable,
    reason,
)

log = logging.getLogger(__name__)

REMIND_SECONDS = 60.0
SETTLED_SECONDS = 10.0
"""Longer than the pause between two of a process's own writes."""
LOCK_SETTLED_SECONDS = 30.0
"""The same where a write waits for SQLite's lock before it fails."""


class OutageLog:
    """The present outage, if there is one, and the lines about it."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._began_at: float | None = None
        self._failed_at = self._said_at = 0.0
        self._failures = 0
        self._settled_after = SETTLED_SECONDS

    @property
    def present(self) -> bool:
        """Whether there is an outage."""
        return self._began_at is not None

    def failed(self, error: BaseException) -> None:
        """Note that the database was asked in vain; log it if that is due."""
        if is_contention(error):
            log.warning("two transactions stood in each other's way: %s", reason(error))
            return
        now, why = self._clock(), reason(error)
        what = "takes no writes" if is_read_only(error) else "does not answer"
        with self._lock:
            self._failed_at = now
            self._failures += 1
            self._settled_after = LOCK_SETTLED_SECONDS if is_locked(error) else SETTLED_SECONDS
            if self._began_at is None:
                self._began_at = self._said_at = now
                line = f"the database {what}: {why}"
            elif now - self._said_at >= REMIND_SECONDS:
                self._said_at = now
                line = (
                    f"the database {what}, for {now - self._began_at:.0f} s now"
                    f" ({self._failures} tries in vain): {why}"
                )
            else:
                return
        log.warning("%s", line)

    def succeeded(self) -> None:
        """Note that the database did what it was asked; log the end of an outage."""
        if self._began_at is None:  # almost always, and without the lock
            return
        with self._lock:
            now = self._clock()
            if self._began_at is None or now - self._failed_at < self._settled_after:
                return
            lasted, failures = self._failed_at - self._began_at, self._failures
            self._began_at, self._failures = None, 0
        log.warning(
            "the database answers again, after %.0f s and %d tries in vain", lasted, failures
        )

    def reset(self) -> None:
        """Forget everything, as a process that begins anew."""
        self._lock = threading.Lock()
        self._began_at, self._failures = None, 0


OUTAGE = OutageLog()
"""That of this process."""


def note_refusal(error: BaseException, *, what: str) -> None:
    """Log that `what` is done later, for an error that is no outage: that one is noted already."""
    if not is_unavailable(error):
        log.warning("%s later, the database refuses: %s", what, reason(error))


# A child begins with an outage of its own; its parent may have held the lock.
os.register_at_fork(after_in_child=OUTAGE.reset)
