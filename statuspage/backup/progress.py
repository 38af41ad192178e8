"""Progress of what takes long, in lines: at most one every two seconds."""

import time
from collections.abc import Callable

Say = Callable[[str], None]
EVERY_SECONDS = 2.0


class Progress:
    """How much is done of one thing; what is done within two seconds tells nothing."""

    def __init__(self, say: Say, what: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._what, self._clock = say, what, clock
        self._told = clock()

    def __call__(self, done: int, total: int) -> None:
        """Tell that `done` of `total` is done; without a total, only how much that is."""
        now = self._clock()
        if now - self._told < EVERY_SECONDS:
            return
        self._told = now
        of = f" of {total:,} ({100 * min(done, total) // total} %)" if total else ""
        self._say(f"  {self._what}: {done:,}{of}")
