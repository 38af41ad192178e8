"""Long work done in small steps, so that it never keeps its process from other work."""

import time
from collections.abc import Callable, Iterator


class IncrementalTask:
    """Work that `start` gives as an iterator of small steps, begun anew every so often."""

    def __init__(self, start: Callable[[float], Iterator[object]], *, every: float) -> None:
        self._start, self._every = start, every
        self._steps: Iterator[object] | None = None
        self._next = 0.0

    def step(self, *, now: float, budget: float = 0.05) -> bool:
        """Work for about `budget` seconds; return whether there is more to do at once."""
        if self._steps is None:
            if now < self._next:
                return False
            self._next = now + self._every
            self._steps = self._start(now)
        until = time.perf_counter() + budget
        try:
            for _ in self._steps:
                if time.perf_counter() >= until:
                    return True
        except BaseException:
            self._steps = None  # an iterator that has raised has ended
            raise
        self._steps = None
        return False
