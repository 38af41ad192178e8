"""When Python looks for cyclic garbage: seldom where thousands of connections are held.

A full collection walks through everything that lives. With ten thousand streams that is a second in
which nobody is answered, and by Python's own rule it happens again and again while they come in.
"""

import gc
from time import monotonic

_THRESHOLDS = (20_000, 20, 200)
FULL_AFTER = 2_000
"""Connections that have ended since the last full collection; what they leave behind is kept until
the next one."""
FULL_SECONDS = 60.0
"""The least time between two of them."""


def collect_seldom() -> None:
    """Leave what was imported to itself, and have full collections made by `Departures` alone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


class Departures:
    """A count of connections that have ended."""

    def __init__(self) -> None:
        self._count = 0
        self._collected_at = monotonic()

    def add(self) -> None:
        """Count one; after many, and not too soon after the last time, collect what they left."""
        self._count += 1
        if self._count < FULL_AFTER or monotonic() - self._collected_at < FULL_SECONDS:
            return
        self._count = 0
        gc.collect()
        self._collected_at = monotonic()
