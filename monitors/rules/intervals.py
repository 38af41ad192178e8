"""The start times of checks: a pure rule, the same in a worker and in a remote agent."""

import zlib

GRID_SECONDS = 0.2
"""Seconds between possible starts. Those that share one share a wake-up of the prober, which
costs more than a plain probe does."""


def phase(check_id: int, interval: float) -> float:
    """Return the seconds into its interval at which a check starts: evenly spread, stable."""
    return int(zlib.crc32(b"%d" % check_id) / 2**32 * interval / GRID_SECONDS) * GRID_SECONDS


def next_due(check_id: int, *, after: float, interval: float) -> float:
    """Return the first regular start of this check later than `after`."""
    offset = phase(check_id, interval)
    periods = (after - offset) // interval + 1
    return float(offset + periods * interval)


def next_start(
    check_id: int,
    *,
    started: float,
    ended: float,
    interval: float,
    retry: float | None,
) -> tuple[float, int]:
    """Return the start after a check that began and ended then, and how many it skips.

    `retry` is given while a change waits for its confirmation.
    """
    regular = next_due(check_id, after=started, interval=interval)
    if retry is not None:
        regular = min(regular, started + retry)
    due = max(regular, ended)
    return due, int((due - regular) // interval) if due > regular else 0


def start_after_absence(
    check_id: int, *, due: float, now: float, interval: float, away: float
) -> float:
    """Return the start of a check that came due while nobody was there for `away` seconds.

    After an absence of an interval all are due: they start when they would have anyway. After a
    shorter one some are, evenly spread as they came due, and they are made up for in that order and
    pace: they need not wait for their next regular start, which may be a day away.
    """
    if away >= interval:
        return next_due(check_id, after=now, interval=interval)
    return max(now, due + away)


_ROUNDING_SECONDS = 0.1
"""How much sooner than planned a start may be: instants are rounded."""


def earliest_start(
    check_id: int, *, last: float, start: float, interval: float, retry: float | None
) -> float:
    """Return `start`, or a later one if the check, last made at `last`, was made for it already.

    Each interval has one regular start. One that was late may be close to the next one; two in one
    interval are one too many. `retry` is given while a change waits for its confirmation.
    """
    if start < last - _ROUNDING_SECONDS:
        return start  # the clock was set back
    if retry is not None:
        return start if start - last >= retry - _ROUNDING_SECONDS else last + retry
    if start - last >= interval or _period(check_id, start, interval) != _period(
        check_id, last, interval
    ):
        return start
    return next_due(check_id, after=start, interval=interval)


def _period(check_id: int, at: float, interval: float) -> int:
    return int((at - phase(check_id, interval) + _ROUNDING_SECONDS) // interval)
