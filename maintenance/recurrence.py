"""Repeating windows: RFC 5545 rules, counted in local wall time, turned into instants.

Rules are counted on the wall clock of a named zone ("every Tuesday at 02:00 in Berlin") and each
occurrence is turned into an instant afterwards, as RFC 5545 (3.3.5 and 3.3.10) has it:

- a local time that does not exist, because clocks skip it, moves forward by what they skip: 02:30
  on the night that 02:00 becomes 03:00 is 03:30;
- a local time that happens twice, because clocks are set back, is the first of the two.

How long a window takes is elapsed time, not wall time: two hours are two hours in any night.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from components.values import time_zones

MAX_RULE_LENGTH = 500
MAX_EVALUATED = 20_000
"""Occurrences that are counted through, from the first one on, before a rule is given up."""
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_PARTS = frozenset(
    {
        "FREQ", "UNTIL", "COUNT", "INTERVAL", "WKST", "BYDAY", "BYMONTHDAY", "BYYEARDAY",
        "BYWEEKNO", "BYMONTH", "BYSETPOS", "BYHOUR", "BYMINUTE",
    }
)  # fmt: skip
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
_GREGORIAN_CYCLE = 400
"""Years after which every date falls on the same weekday again: 146,097 days are 20,871 weeks."""


class RuleError(ValueError):
    """A rule that cannot be used; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a rule names: the local time, and the instant that this is."""

    local: datetime
    at: datetime


def time_zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name. Raises RuleError."""
    try:
        return time_zones.time_zone(name)
    except ValueError as error:
        raise RuleError(str(error)) from None


def instant(local: datetime, tz: ZoneInfo) -> datetime:
    """Return the instant of a local time. Of two, the first; one that is skipped moves forward.

    `fold=0` reads a skipped time with the offset from before the gap, which is what moves it
    forward by exactly what was skipped (PEP 495).
    """
    return local.replace(tzinfo=tz, fold=0).astimezone(UTC)


def wall_time(at: datetime, tz: ZoneInfo) -> datetime:
    """Return the local time of an instant, naive."""
    return at.astimezone(tz).replace(tzinfo=None, fold=0)


def check(rule: str, *, first: datetime, tz: ZoneInfo) -> None:
    """Raise RuleError unless the rule can be used and names at least one time."""
    if next(_local_times(rule, first, tz), None) is None:
        raise RuleError("The rule names no time at all from the first start on.")


def occurrences(
    rule: str,
    *,
    first: datetime,
    tz: ZoneInfo,
    after: datetime,
    until: datetime,
    limit: int,
    without: Collection[datetime] = (),
) -> list[Occurrence]:
    """Return at most `limit` occurrences in `(after, until]`, in order; `first` is local time.

    `without` holds local times that are left out (EXDATE). Raises RuleError, also when the rule
    would have to be counted through further than is allowed.
    """
    # A day of slack: local order and the order of instants differ around a gap.
    horizon = wall_time(until, tz) + timedelta(days=1)
    matches: dict[datetime, Occurrence] = {}
    for counted, local in enumerate(_local_times(rule, first, tz), 1):
        if counted > MAX_EVALUATED:
            raise RuleError("The rule has too many occurrences to count through; begin it later.")
        if local > horizon or len(matches) > limit + 1:
            break
        at = instant(local, tz)
        if after < at <= until and local not in without:
            # Two local times may be one instant: 02:30 in the gap and 03:30 after it.
            matches.setdefault(at, Occurrence(local, at))
    return [matches[at] for at in sorted(matches)][:limit]


def _local_times(rule: str, first: datetime, tz: ZoneInfo) -> Iterator[datetime]:
    """Yield the rule's local times, from the first on.

    A rule that names no day would have dateutil look for one until the year 9999, for seconds. So
    it is counted near that end, where the calendar is the same: at most 400 years are looked
    through.
    """
    cycles = (MAXYEAR - first.year) // _GREGORIAN_CYCLE - 1
    shift = cycles * _GREGORIAN_CYCLE
    text = _validated(rule, tz, shift)
    try:
        counted = rrulestr(text, dtstart=_shift_years(first, shift))
        for local in counted:
            yield _shift_years(local, -shift)
    except (ValueError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise RuleError(f"The rule cannot be read: {error}.") from None


def _shift_years(local: datetime, years: int) -> datetime:
    return local.replace(year=local.year + years)


def _validated(rule: str, tz: ZoneInfo, shift: int) -> str:
    """Return the rule with its end moved by `shift` years. Raises RuleError if not allowed."""
    parts = _parts(rule)
    if parts.get("FREQ") not in _FREQUENCIES:
        raise RuleError(f"FREQ must be one of {', '.join(_FREQUENCIES)}.")
    if "COUNT" in parts and "UNTIL" in parts:
        raise RuleError("Write COUNT or UNTIL, not both.")
    for name, most in (("INTERVAL", 1_000), ("COUNT", 1_000)):
        if name in parts and not (parts[name].isdigit() and 1 <= int(parts[name][:9]) <= most):
            raise RuleError(f"{name} must lie between 1 and {most:,}.")
    if "," in parts.get("BYMINUTE", ""):
        raise RuleError("BYMINUTE may name one minute.")
    if "UNTIL" in parts:
        end = _until(parts["UNTIL"], tz)
        # What lies outside the years that there are is as good as never, or before everything.
        year = end.year + shift
        if year > MAXYEAR:
            end = end.replace(year=MAXYEAR, month=12, day=31)
        else:
            first_day = end.replace(year=MINYEAR, month=1, day=1)
            end = _shift_years(end, shift) if year >= MINYEAR else first_day
        parts["UNTIL"] = f"{end.year:04}{end:%m%dT%H%M%S}"
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _parts(rule: str) -> dict[str, str]:
    text = rule.strip().upper().removeprefix("RRULE:")
    if not text or len(text) > MAX_RULE_LENGTH or not text.isascii() or "\n" in text:
        raise RuleError(f"Write one RRULE of at most {MAX_RULE_LENGTH} characters.")
    parts: dict[str, str] = {}
    for part in text.rstrip(";").split(";"):
        name, _, value = part.partition("=")
        if name not in _PARTS:
            raise RuleError(f"{name[:20] or 'An empty part'} is not a part of a rule here.")
        if name in parts:
            raise RuleError(f"{name} stands there twice.")
        parts[name] = value
    return parts


def _until(text: str, tz: ZoneInfo) -> datetime:
    """Return UNTIL as local time: of a day without a time, its end; with a Z, turned from UTC."""
    matches = _UNTIL.fullmatch(text)
    if matches is None:
        raise RuleError("UNTIL must look like 20271231 or 20271231T235959Z.")
    day, time, utc = matches.groups()
    try:
        at = datetime.strptime(day + (time or "235959"), "%Y%m%d%H%M%S")  # noqa: DTZ007  (local)
    except ValueError:
        raise RuleError("UNTIL is not a date.") from None
    try:
        return wall_time(at.replace(tzinfo=UTC), tz) if utc else at
    except OverflowError:
        return at  # the first or the last day that there is


def occurrence_text(occurrence: Occurrence, time_zone: str) -> str:
    """Return when an occurrence is, on its zone's clock and in UTC."""
    return f"{occurrence.local:%a %d %b %Y, %H:%M} {time_zone} ({occurrence.at:%d %b %H:%M} UTC)"
