"""Frees leases of senders that did not come back, but never for our own database's absence.

While the database is away no sender can say what it has sent, and every lease lapses. So a lapsed
lease is freed only after the database has answered for a while: long enough for whoever is alive to
have stored what became of its messages.
"""

from datetime import datetime

from components.database.writable import check_writable
from subscribers.delivery import outbox, outcome_files

PATIENCE = 15.0
"""Seconds; longer than a sender takes to be connected again and to store an outcome."""
MAX_GAP = 10.0
"""A longer time since the last look is an absence: of the database, of this machine, or of us."""


class LeaseWatch:
    """A job of beat; `check` is called about once a second."""

    def __init__(self) -> None:
        self._since = self._last = 0.0

    def check(self, now: datetime) -> None:
        """Free what may be freed. Raises the database's error."""
        check_writable()
        outcome_files.store()
        outbox.release_dead_leases()
        at = now.timestamp()
        if not 0 <= at - self._last <= MAX_GAP:
            self._since = at
        self._last = at
        if at - self._since >= PATIENCE:
            outbox.release_lapsed_leases(now=at - PATIENCE)
