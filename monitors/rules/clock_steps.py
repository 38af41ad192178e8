"""Steps of the wall clock: how they are noticed, and what they do to instants already written.

Instants in our rows are those of the wall clock, which may be set. How far it stepped is known by
comparing it with a clock that cannot be set, and that counts the time a machine sleeps.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from monitors.probing.trusted_clock import boot_clock

MIN_STEP_SECONDS = 2.0
"""Smaller steps, in seconds, disturb nothing: leases and freshness have more room than that."""


@dataclass(frozen=True, slots=True)
class ClockStep:
    """A step of the wall clock by `by` seconds, shortly before it showed `now`."""

    by: float
    now: float

    @property
    def boundary(self) -> float:
        """The instant beyond which, seen from `now`, the clock before the step was used.

        Half way: instants in use are at most minutes away from the present of their clock, so
        that moving them twice, as two processes may, does nothing more.
        """
        return self.now - self.by / 2

    def is_old(self, at: float) -> bool:
        return at < self.boundary if self.by > 0 else at > self.boundary

    def moved(self, at: float) -> float:
        """Return the same instant by the clock as it is now."""
        return at + self.by if self.is_old(at) else at


class ClockWatch:
    """A detector of steps. Every process keeps its own."""

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = boot_clock,
        reset_after: float = math.inf,
    ) -> None:
        """`reset_after` is how many seconds without a check make it begin anew.

        Who checks only now and then must not take two steps for one: others have followed
        the first long ago, and rows that are right would be moved by the sum.
        """
        self._wall, self._steady = wall, steady
        self._reset_after = reset_after
        self._checked_at = steady()
        self._offset = wall() - self._checked_at

    def check(self) -> ClockStep | None:
        """Return the step since the last check, if there was one."""
        now, at = self._wall(), self._steady()
        offset = now - at
        by = offset - self._offset if at - self._checked_at < self._reset_after else 0.0
        self._checked_at = at
        # Not kept while nothing happened: small corrections would never add up to a step.
        self._offset = offset
        return ClockStep(by, now) if abs(by) >= MIN_STEP_SECONDS else None
