"""Whether this process was there: what it did not see while the machine slept proves nothing."""

import time
from collections.abc import Callable

from monitors.probing.trusted_clock import boot_clock

GAP_SECONDS = 10.0
"""Longer than this between two signs of life, and it was away, or the clock was set."""


class Presence:
    """The signs of life of one process; `note` is called every few seconds."""

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = boot_clock,
    ) -> None:
        """`steady` cannot be set and goes on while the machine sleeps."""
        self._wall, self._steady = wall, steady
        self._noted = (wall(), steady())
        self._back_at = float("-inf")

    def begin(self) -> None:
        """Note that this process has only just begun to be there, as others may have."""
        self._noted = self._wall(), self._steady()
        self._back_at = self._noted[1]

    def note(self) -> None:
        """Note that this process is there."""
        now = self._wall(), self._steady()
        if any(
            abs(after - before) > GAP_SECONDS
            for before, after in zip(self._noted, now, strict=True)
        ):
            self._back_at = now[1]
        self._noted = now

    def seconds(self) -> float:
        """Return for how long it has been there without a gap; infinity if there was none."""
        self.note()
        return self._steady() - self._back_at


here = Presence()
"""That of this process."""
