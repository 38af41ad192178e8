"""The states of a reader: a pure rule of what it reported and how long ago."""

from enum import StrEnum

MISSED_INTERVALS = 3
"""A reader is dead when it has been silent for longer than this many of its own intervals."""
MIN_INTERVAL_SECONDS = 1.0
"""The shortest interval that counts: contract K tells intervals in whole seconds."""
LISTED_SECONDS = 24 * 3600.0
"""How long a dead reader stays listed."""


class ReaderState(StrEnum):
    LOADING = "loading"
    """Registered, and not ready yet."""
    LIVE = "live"
    DEAD = "dead"


def dead_at(*, heartbeat: float, interval: float) -> float:
    """Return the instant from which a reader is dead unless it reports again."""
    return heartbeat + interval * MISSED_INTERVALS


def state_at(
    now: float, *, reported: ReaderState, heartbeat: float, interval: float
) -> ReaderState:
    """Return the state at `now` of a reader that last reported `reported` at `heartbeat`."""
    if now > dead_at(heartbeat=heartbeat, interval=interval):
        return ReaderState.DEAD
    return reported


def live_percentage(*, live: int, total: int) -> float:
    """Return the share of live readers in percent; 0 when there is none at all."""
    return 100.0 * live / total if total else 0.0
