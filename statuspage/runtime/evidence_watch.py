"""What beat finds out by nothing coming: only in a time in which it would have noticed.

A silence proves something only to who was there to hear it. Beat was there while it ran, the
machine was awake and the database answered; what began before that is waited for anew.
"""

from datetime import datetime

from django.db import connection

from monitors.readers.services import mark_dead
from monitors.worker import internal_checks
from monitors.worker.clock_shift import ClockFollower
from monitors.worker.stale_evidence import expire_evidence
from statuspage.runtime import progress
from statuspage.runtime.presence import Presence


class EvidenceWatch:
    """The jobs of one beat that judge by silence."""

    def __init__(self, clock: ClockFollower, presence: Presence | None = None) -> None:
        self._clock = clock
        self._presence = presence or Presence()
        self._presence.begin()

    def check(self, now: datetime) -> None:
        """Set checks without fresh evidence to unknown."""
        # The clock may have been set since the first job: then not by this `now`.
        if not self._clock.follow():
            expire_evidence(
                now=now.timestamp(),
                watched_since=self._watched_since(now),
                on_progress=progress.mark_if_due,
            )

    def check_readers(self, now: datetime) -> None:
        """Mark readers dead that have been silent for too long."""
        mark_dead(now=now.timestamp(), watched_since=self._watched_since(now))

    def check_groups(self, now: datetime) -> None:
        """Make the checks of groups of readers that are due."""
        internal_checks.evaluate_due(now=now.timestamp(), watched_since=self._watched_since(now))

    def _watched_since(self, now: datetime) -> float:
        """Return since when this beat has been there. Raises the database's error if it is away."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return now.timestamp() - self._presence.seconds()
