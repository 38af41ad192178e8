"""Steps of the wall clock: how they are noticed, and what they do to instants already written.

Instants in our rows are told by the wall clock, which somebody may set. How far it stepped is
known by comparing it with a clock that nobody can set, and that counts the time a machine sleeps.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

LEAST = 2.0
"""Smaller steps, in seconds, disturb nothing: leases and freshness have more room than that."""


def steady() -> float:
    """Seconds of a clock that goes on while the machine sleeps and that nobody sets."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)  # Linux only
    return time.monotonic() if boot is None else time.clock_gettime(boot)


@dataclass(frozen=True, slots=True)
class Step:
    """The wall clock was set by `by` seconds shortly before it showed `now`."""

    by: float
    now: float

    @property
    def border(self) -> float:
        """What lies on its far side, seen from `now`, was told by the clock as it was before.

        Half way: instants in use are at most minutes away from the present of their clock, so
        that moving them twice, as two processes may, does nothing more.
        """
        return self.now - self.by / 2

    def is_old(self, at: float) -> bool:
        return at < self.border if self.by > 0 else at > self.border

    def moved(self, at: float) -> float:
        """The same instant as the clock tells it now."""
        return at + self.by if self.is_old(at) else at


class ClockWatch:
    """Notices steps. Every process keeps its own."""

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = steady,
        forget_after: float = math.inf,
    ) -> None:
        """`forget_after` is how many seconds without a look make it begin anew.

        Whoever looks only now and then must not take two steps for one: others have followed
        the first long ago, and rows that are right would be moved by the sum.
        """
        self._wall, self._steady = wall, steady
        self._forget_after = forget_after
        self._looked = steady()
        self._ahead = wall() - self._looked

    def look(self) -> Step | None:
        """The step since the last look, if there was one."""
        now, at = self._wall(), self._steady()
        ahead = now - at
        by = ahead - self._ahead if at - self._looked < self._forget_after else 0.0
        self._looked = at
        # Not kept while nothing happened: small corrections would never add up to a step.
        self._ahead = ahead
        return Step(by, now) if abs(by) >= LEAST else None
