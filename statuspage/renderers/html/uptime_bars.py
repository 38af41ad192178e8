"""Draws the page's days as one strip: all of one status are one path, filled by a pattern.

A component whose days were all good costs one path of a dozen bytes; ninety rectangles would cost
three hundred times that, for every component. A day is 8 units wide, 6 of them visible; the
patterns (`PATTERNS`) carry colour and shape, so an outage reads without colour too.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache

from components.languages.words import ENGLISH, Words, msg, msgs
from components.status import Status
from statuspage.renderers.html.escaping import escape_text
from statuspage.renderers.html.times import day, duration
from statuspage.state.page_state import ComponentView, Day

DAYS = 90
MAX_LISTED = 30
"""Rows in words at most; the days of older ones are counted. Those with an incident always stay."""
_WIDTH = 8
_GAP = 2
_WHOLE_DAY = 86_395
"""Seconds from which a day counts as whole: a few are lost between two checks."""

CODES = {
    Status.OPERATIONAL: "o",
    Status.DEGRADED: "d",
    Status.PARTIAL_OUTAGE: "p",
    Status.MAJOR_OUTAGE: "x",
    Status.MAINTENANCE: "m",
    Status.UNKNOWN: "u",
}
_CELLS = {
    "o": '<rect width="6" height="32" rx="1.5"/>',
    "d": '<rect width="6" height="6" rx="1.5"/><rect y="8" width="6" height="24" rx="1.5"/>',
    "p": '<rect y="6" width="6" height="26" rx="1.5"/>',
    "x": '<rect y="12" width="6" height="20" rx="1.5"/>',
    "m": '<rect width="6" height="15" rx="1.5"/><rect y="17" width="6" height="15" rx="1.5"/>',
    "u": '<rect y="14.5" width="6" height="3" rx="1"/>',
}
"""Whole, capped, notched, deeply notched, parted in the middle, a thin dash."""
_PAPER = '<path fill="var(--paper)" d="M0 0h8v32H0"/>'
"""What is not simply good is drawn over the good, and has to cover it."""
_RUN = re.compile(r"([^o])\1*")
_COUNT_WORDS = (
    (Status.MAJOR_OUTAGE, msgs("{n} day with a major outage", "{n} days with a major outage")),
    (
        Status.PARTIAL_OUTAGE,
        msgs("{n} day with a partial outage", "{n} days with a partial outage"),
    ),
    (
        Status.DEGRADED,
        msgs("{n} day with reduced performance", "{n} days with reduced performance"),
    ),
    (Status.MAINTENANCE, msgs("{n} day with maintenance", "{n} days with maintenance")),
    (Status.UNKNOWN, msgs("{n} day without data", "{n} days without data")),
    (Status.OPERATIONAL, msgs("{n} day operational", "{n} days operational")),
)
_DURATION_WORDS = (
    (Status.MAJOR_OUTAGE, msg("major outage {time}"), msg("major outage all day")),
    (Status.PARTIAL_OUTAGE, msg("partial outage {time}"), msg("partial outage all day")),
    (Status.DEGRADED, msg("reduced performance {time}"), msg("reduced performance all day")),
    (Status.MAINTENANCE, msg("maintenance {time}"), msg("maintenance all day")),
    (Status.UNKNOWN, msg("no data {time}"), msg("no data all day")),
)

ByDay = dict[date, list[tuple[str, str]]]
"""References and titles of incidents, by day."""

PATTERNS = "".join(
    f'<pattern id="b-{code}" width="8" height="32" patternUnits="userSpaceOnUse">'
    f'{"" if code == "o" else _PAPER}<g fill="var(--bar-{code})">{cell}</g></pattern>'
    for code, cell in _CELLS.items()
)
"""What the strips' strokes refer to; stands in the page once."""


class Calendar:
    """The days of one page: positions and names of days, worked out once for all components."""

    def __init__(
        self, *, first: date, today: date, words: Words = ENGLISH, days: int = DAYS
    ) -> None:
        self.first, self.words, self.days = first, words, days
        self.names = [day(first + timedelta(days=n), today=today, words=words) for n in range(days)]
        self._position = {first + timedelta(days=n): n for n in range(days)}

    def position(self, on: date) -> int | None:
        """Return the position of a day: 0 for the first of them; None outside of them."""
        return self._position.get(on)

    def codes(self, component: ComponentView) -> str:
        """Return one letter a day: what the strip shows."""
        codes = ["o"] * self.days
        for each in component.days:
            position = self._position.get(each.on)
            if position is not None:
                codes[position] = CODES[each.status]
        known = component.first_known_on
        blank = self.days if known is None else min(self.days, max(0, (known - self.first).days))
        codes[:blank] = "u" * blank
        return "".join(codes)


@lru_cache(maxsize=16)
def calendar_of(first: date, today: date, words: Words = ENGLISH, *, days: int = DAYS) -> Calendar:
    """Return the calendar of the days that begin at `first`, the same object each time."""
    return Calendar(first=first, today=today, words=words, days=days)


@lru_cache(maxsize=4096)
def uptime_strip(codes: str, words: Words = ENGLISH) -> str:
    """Return the SVG of one component's days, with a summary in words as its accessible name.

    Cached, for most components' days are the same from one page to the next.
    """
    paths: dict[str, list[str]] = {"o": [f"m0 16h{len(codes) * _WIDTH - _GAP}"]}
    if "o" not in codes:
        del paths["o"]
    ends = dict.fromkeys(_CELLS, 0)
    for run in _RUN.finditer(codes):
        code = run[1]
        # Half a gap more on either side, or a hair of the good below would show.
        start, end = run.start() * _WIDTH - _GAP // 2, run.end() * _WIDTH - _GAP // 2
        pieces = paths.setdefault(code, [])
        pieces.append(f"m{start - ends[code]} {0 if pieces else 16}h{end - start}")
        ends[code] = end
    paths_svg = "".join(f'<path class="{code}" d="{"".join(d)}"/>' for code, d in paths.items())
    return (
        f'<svg class="bars" viewBox="0 0 {len(codes) * _WIDTH - _GAP} 32"'
        ' preserveAspectRatio="none" role="img"'
        f' aria-label="{summary(codes, words)}">{paths_svg}</svg>'
    )


def summary(codes: str, words: Words = ENGLISH) -> str:
    """Return `90 days: 1 day with a major outage, 88 days operational.`"""
    parts = [
        words.count(number, *texts)
        for status, texts in _COUNT_WORDS
        if (number := codes.count(CODES[status]))
    ]
    return words.count(
        len(codes), "{n} days: {parts}.", "{n} days: {parts}.", parts=words.comma.join(parts)
    )


def day_table(
    days: Sequence[Day],
    calendar: Calendar,
    incidents: ByDay | None = None,
    *,
    known_from: date | None = None,
) -> str:
    """Return the notable days in words, newest first; neighbours that are alike share a row.

    A day with an incident is notable also when the component stayed well. Of days before
    `known_from` nothing is known.
    """
    if not incidents:
        return _undisturbed_table(_SameDays(days), calendar)
    return _table(days, calendar, incidents, known_from)


class _SameDays:
    """Days as a key: equal to those very objects alone, which is found out without looking at
    them. `History.days` are the same ones until one of them changes."""

    __slots__ = ("days",)

    def __init__(self, days: Sequence[Day]) -> None:
        self.days = days

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SameDays) and self.days is other.days

    def __hash__(self) -> int:
        return id(self.days)


@lru_cache(maxsize=2048)
def _undisturbed_table(key: _SameDays, calendar: Calendar) -> str:
    """Return the table of days without incidents; it takes longer than the rest of the row."""
    return _table(key.days, calendar, {}, None)


def _table(days: Sequence[Day], calendar: Calendar, by_day: ByDay, known_from: date | None) -> str:
    notable = {each.on: each for each in days}
    for on in by_day:
        known = known_from is not None and on >= known_from
        notable.setdefault(on, Day(on, Status.OPERATIONAL if known else Status.UNKNOWN, {}))
    shown = [notable[on] for on in sorted(notable) if calendar.position(on) is not None]
    ranges = day_ranges(shown, by_day)
    newest = len(ranges) - MAX_LISTED
    listed = [
        each for n, each in enumerate(ranges) if n >= newest or not by_day.keys().isdisjoint(
            _days_of(each)
        )
    ]  # fmt: skip
    names, words = calendar.names, calendar.words
    rows: list[str] = []
    for first, last, each in reversed(listed):
        start, end = calendar.position(first) or 0, calendar.position(last) or 0
        when = names[end] if start == end else f"{names[start]} – {names[end]}"
        at = f"{start}" if start == end else f"{start}-{end}"
        detail = " · ".join(
            filter(None, (describe_day(each, words), *_incident_links(first, last, by_day)))
        )
        rows.append(
            f'<tr data-day="{at}" class="{CODES[each.status]}"><th scope="row">{when}</th>'
            f"<td>{detail}</td></tr>"
        )
    older = len(shown) - sum(len(_days_of(each)) for each in listed)
    if older:
        more = words.count(older, "and {n} earlier day", "and {n} earlier days")
        rows.append(f'<tr><td colspan="2">{more}</td></tr>')
    label = words("Days with problems")
    return f'<table class="days" aria-label="{label}"><tbody>{"".join(rows)}</tbody></table>'


DayRange = tuple[date, date, Day]
"""The first day, the last, and what each of them was like."""


def _days_of(run: DayRange) -> set[date]:
    first, last, _ = run
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}


def _incident_links(first: date, last: date, incidents: ByDay) -> list[str]:
    """Return links to the incidents of a row's days, each once."""
    of_days = {
        reference: title
        for on, of_day in incidents.items()
        if first <= on <= last
        for reference, title in of_day
    }
    return [
        f'<a href="/status/incidents/{escape_text(reference)}" dir="auto">{escape_text(title)}</a>'
        for reference, title in of_days.items()
    ]


def day_ranges(days: Sequence[Day], incidents: ByDay) -> list[DayRange]:
    """Return runs of neighbouring days of one status all day, and every other day by itself.

    A day of which nothing is known is a day by itself where it has an incident of its own.
    """
    ranges: list[DayRange] = []
    for each in days:
        alike = bool(ranges) and incidents.get(each.on) == incidents.get(ranges[-1][1])
        if alike and _continues(ranges[-1], each):
            first, _, previous = ranges[-1]
            ranges[-1] = (first, each.on, previous)
        else:
            ranges.append((each.on, each.on, each))
    return ranges


def _continues(run: tuple[date, date, Day], each: Day) -> bool:
    _, last, previous = run
    return (
        (each.on - last).days == 1
        and previous.status is each.status
        and _whole(previous.seconds)
        and _whole(each.seconds)
    )


def _whole(seconds: Mapping[Status, int]) -> bool:
    return len(seconds) == 1 and next(iter(seconds.values())) >= _WHOLE_DAY


def describe_day(day: Day, words: Words = ENGLISH) -> str:
    """Return `partial outage 1 h 12 min, reduced performance 20 min`, `no data`; '' when there is
    nothing to say, which does not mean that nothing disturbed it."""
    if text := describe_seconds(day.seconds, words):
        return text
    return words("no data") if day.status is Status.UNKNOWN else ""


def describe_seconds(seconds: Mapping[Status, int], words: Words = ENGLISH) -> str:
    """Return `partial outage 1 h 12 min, reduced performance 20 min`; '' for no seconds."""
    parts = [
        words(whole) if spent >= _WHOLE_DAY else words(part, time=duration(spent, words))
        for status, part, whole in _DURATION_WORDS
        if (spent := seconds.get(status, 0))
    ]
    return words.comma.join(parts)
