"""When a reader is loading, live or dead: a pure rule of what it said and how long ago."""

from enum import StrEnum

MISSED = 3
"""A reader is dead when it has been silent for longer than this many of its own intervals."""
LISTED_SECONDS = 24 * 3600.0
"""How long a dead reader stays listed."""


class ReaderState(StrEnum):
    LOADING = "loading"
    """Registered, and not ready yet."""
    LIVE = "live"
    DEAD = "dead"


def dead_from(*, heartbeat: float, interval: float) -> float:
    """The instant from which a reader is dead unless it is heard again."""
    return heartbeat + interval * MISSED


def state_at(now: float, *, said: ReaderState, heartbeat: float, interval: float) -> ReaderState:
    """What a reader is at `now` that last said `said` at `heartbeat`."""
    if now > dead_from(heartbeat=heartbeat, interval=interval):
        return ReaderState.DEAD
    return said


def share_live(*, live: int, all_of_them: int) -> float:
    """The share of live readers in percent; 0 when there is none at all."""
    return 100.0 * live / all_of_them if all_of_them else 0.0
