"""When a check is to start: a pure rule, the same in a worker and in a remote agent."""

import zlib

GRID = 0.2
"""Seconds between possible starts. Those that share one share a wake-up of the prober, which
costs more than a plain probe does."""


def phase(check_id: int, interval: float) -> float:
    """Where within its interval a check starts: spread evenly, the same after every restart."""
    return int(zlib.crc32(b"%d" % check_id) / 2**32 * interval / GRID) * GRID


def next_due(check_id: int, *, after: float, interval: float) -> float:
    """The first regular start of this check later than `after`."""
    offset = phase(check_id, interval)
    beats = (after - offset) // interval + 1
    return float(offset + beats * interval)


def following(
    check_id: int,
    *,
    started: float,
    ended: float,
    interval: float,
    retry: float | None,
) -> tuple[float, int]:
    """The start after a check that began and ended then, and how many regular ones it cost.

    `retry` is given while a change waits for its confirmation.
    """
    regular = next_due(check_id, after=started, interval=interval)
    if retry is not None:
        regular = min(regular, started + retry)
    due = max(regular, ended)
    return due, int((due - regular) // interval) if due > regular else 0
