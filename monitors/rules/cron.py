"""When a cron expression comes due in its time zone: pure rules over instants.

Instants are seconds since the epoch. A change of the clocks is treated as cron(8) of Debian does:
a job at fixed times that the clocks skip runs right after the change, one whose time comes twice
runs once; a job whose minute or hour begins with `*` follows the wall clock wherever it goes. A
change of more than three hours corrects the clock: what it skips does not run.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""What crontab(5) writes instead of five fields; `@reboot` names no time."""
CORRECTION = timedelta(hours=3)
"""A longer change of the clocks is a correction, not summer time."""
_HOUR = 3600
_LONGEST_FOLD = 26 * _HOUR
"""No zone repeats more than a day of wall time."""
_FURTHEST_FROM_UTC = 16 * _HOUR


class NeverDueError(ValueError):
    """the cron expression never comes due"""


def expand(expression: str) -> str:
    """Return an expression of five fields for a macro such as `@daily`; others as they are."""
    return MACROS.get(expression.strip().lower(), expression)


def validate(expression: str) -> None:
    """Raise ValueError when it is no cron expression, or names no instant ever."""
    text = expand(expression)
    if len(text.split()) != 5:
        macros = ", ".join(MACROS)
        raise ValueError(
            f"write five fields: minute, hour, day of month, month, day of week; or {macros}"
        )
    try:
        next(CronSim(text, datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(f"is not a cron expression: {str(error).lower()}") from None
    except StopIteration:
        raise ValueError("never comes") from None


def next_instant(expression: str, zone: str, *, after: float) -> float:
    """Return the first instant after `after` at which the expression comes due."""
    text, tz = expand(expression), ZoneInfo(zone)
    minute, hour = text.split()[:2]
    if minute.startswith("*") or hour.startswith("*"):
        return _next_on_wall_clock(text, tz, after)
    return _next_fixed(text, tz, after)


def _next_fixed(expression: str, tz: ZoneInfo, after: float) -> float:
    """Return the next run of a job at fixed times: each wall time runs once.

    What the wall clock has shown by `after` has run, the first time it was shown.
    """
    for local in _wall_times(expression, _wall_clock(after, tz)):
        at = _first_shown(local, tz)
        if at is not None and at > after:
            return at
    raise NeverDueError


def _first_shown(local: datetime, tz: ZoneInfo) -> float | None:
    """Return when the wall clock first shows `local`, or has skipped it; None: does not run."""
    before, beyond = local.replace(tzinfo=tz, fold=0), local.replace(tzinfo=tz, fold=1)
    at = before.timestamp()
    if _wall_clock(at, tz) == local:
        return at
    # PEP 495: of a skipped time, fold=0 counts from before the change and fold=1 from after it.
    skipped = (beyond.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())
    if skipped > CORRECTION:
        return None
    return _first_change(at - skipped.total_seconds(), at, tz)


def _next_on_wall_clock(expression: str, tz: ZoneInfo, after: float) -> float:
    """Return the first instant after `after` at which the wall clock matches."""
    begin, start = after, _wall_clock(after, tz)
    while True:
        local = next(_wall_times(expression, start), None)
        if local is None:
            raise NeverDueError
        at = _as_utc(local) - _offset(begin, tz)  # unless the clock is changed before
        horizon = begin + _LONGEST_FOLD
        changed = _first_change(begin, min(at, horizon), tz)
        if changed is None and at <= horizon:
            return at
        # Without a change nothing that was shown is shown again: nothing matches before `local`.
        begin = changed or max(horizon, _as_utc(local) - _FURTHEST_FROM_UTC)
        start = _wall_clock(begin, tz) - timedelta(seconds=1)  # `begin` itself may match


def _wall_times(expression: str, start: datetime) -> Iterator[datetime]:
    """Yield the wall times that match, in order, from the first second after `start` on."""
    yield from CronSim(expression, start)


def _first_change(begin: float, end: float, tz: ZoneInfo) -> float | None:
    """Return the first instant in `(begin, end]` at which the offset from UTC changes, if any.

    Clocks are changed in whole seconds, and not twice within an hour.
    """
    known, last = math.floor(begin), math.floor(end)
    offset = _offset(known, tz)
    while known < last:
        probe = min(known + _HOUR, last)
        if _offset(probe, tz) != offset:
            while probe - known > 1:
                middle = (known + probe) // 2
                known, probe = (middle, probe) if _offset(middle, tz) == offset else (known, middle)
            return float(probe)
        known = probe
    return None


def _wall_clock(at: float, tz: ZoneInfo) -> datetime:
    # To the second, down: the nearest microsecond may be that of the next minute.
    return datetime.fromtimestamp(math.floor(at), tz).replace(tzinfo=None, fold=0)


def _as_utc(local: datetime) -> float:
    return local.replace(tzinfo=UTC).timestamp()


def _offset(at: float, tz: ZoneInfo) -> float:
    offset = datetime.fromtimestamp(at, tz).utcoffset()
    return offset.total_seconds() if offset is not None else 0.0
