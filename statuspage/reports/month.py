"""A month of uptime in whole seconds: of a component, and of several together. Pure rules.

Which status held when is decided by the two layers of history, and what a percentage is by
`components.uptime`: nothing is added up here in a way of its own. Instants are cut to the second
beforehand, so that parts are whole numbers and add up to the month exactly.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from components.rollup import Member, overall_status
from components.status import Status
from components.uptime.periods import Period, day_start, summarise

PARTS = (
    Status.OPERATIONAL,
    Status.DEGRADED,
    Status.PARTIAL_OUTAGE,
    Status.MAJOR_OUTAGE,
    Status.MAINTENANCE,
    Status.UNKNOWN,
)
"""In the order in which a report has them."""
_SEVERAL = 2
"""Members of one kind beyond which more make no difference to the overall status."""


@dataclass(frozen=True, slots=True)
class Span:
    """A month in UTC as far as it has been, in whole seconds."""

    first: date
    end: datetime
    """The beginning of the next month, or now."""
    is_over: bool

    @property
    def start(self) -> datetime:
        return day_start(self.first)

    @property
    def seconds(self) -> int:
        return round((self.end - self.start).total_seconds())


def month_span(first: date, *, now: datetime) -> Span | None:
    """Return the month that begins on `first`; None for one that has not begun."""
    end, cut = day_start(next_month(first)), now.replace(microsecond=0)
    if cut <= day_start(first):
        return None
    return Span(first, min(end, cut), is_over=end <= cut)


def next_month(first: date) -> date:
    """Return the first day of the month after that of `first`."""
    return (first + timedelta(days=32)).replace(day=1)


def previous_month(first: date) -> date:
    """Return the first day of the month before that of `first`."""
    return (first - timedelta(days=1)).replace(day=1)


def within(periods: Iterable[Period], span: Span) -> list[Period]:
    """Return what of ordered periods lies in a span, cut to whole seconds."""
    kept = []
    for each in periods:
        start = max(each.start.replace(microsecond=0), span.start)
        end = min((each.end or span.end).replace(microsecond=0), span.end)
        if start < end:
            kept.append(Period(each.status, start, end))
    return kept


def parts_of(periods: Iterable[Period], span: Span) -> dict[Status, int]:
    """Return the seconds of each status. They add up to those of the span: what no period covers
    is unknown."""
    totals = summarise(within(periods, span), start=span.start, end=span.end).totals
    return {status: round(totals.get(status, 0.0)) for status in PARTS}


@dataclass(frozen=True, slots=True)
class Part:
    """One of several components that are looked at together."""

    periods: Sequence[Period]
    critical: bool = False


def together(parts: Iterable[Part], span: Span) -> list[Period]:
    """Return the overall status of several components over a span.

    At each second it is the page's own rule of those that are known then. One of which nothing is
    known speaks for none of the others; while nothing is known of any, nothing is known.
    """
    changes: dict[datetime, Counter[tuple[Status, bool]]] = {}
    for part in parts:
        for each in within(part.periods, span):
            if each.status is not Status.UNKNOWN:
                kind = (each.status, part.critical)
                changes.setdefault(each.start, Counter())[kind] += 1
                changes.setdefault(each.end or span.end, Counter())[kind] -= 1
    return list(_swept(changes))


def _swept(changes: Mapping[datetime, Counter[tuple[Status, bool]]]) -> Iterator[Period]:
    instants = sorted(changes)
    present: Counter[tuple[Status, bool]] = Counter()
    known: dict[tuple[tuple[tuple[Status, bool], int], ...], Status] = {}
    for begin, end in pairwise(instants):
        for kind, difference in changes[begin].items():
            present[kind] += difference
        members = tuple(
            sorted((kind, min(number, _SEVERAL)) for kind, number in present.items() if number > 0)
        )
        if not members:
            continue
        if members not in known:
            known[members] = _overall(members)
        yield Period(known[members], begin, end)


def _overall(members: Iterable[tuple[tuple[Status, bool], int]]) -> Status:
    expanded = [
        Member("", status, critical=critical)
        for (status, critical), number in members
        for _ in range(number)
    ]
    maintained = any(each.status is Status.MAINTENANCE for each in expanded)
    return overall_status(expanded, window_in_progress=maintained).status


def counted(periods: Iterable[Period], declared: Period, span: Span) -> bool:
    """Whether a status that was declared is what counted at some second of the span."""
    return any(
        each.status is declared.status and _overlap(each, declared)
        for each in within(periods, span)
    )


def disturbed(periods: Iterable[Period], during: Period, span: Span) -> bool:
    """Whether anything but operational was known at some second of a time in the span."""
    calm = (Status.OPERATIONAL, Status.UNKNOWN)
    return any(each.status not in calm and _overlap(each, during) for each in within(periods, span))


def _overlap(one: Period, other: Period) -> bool:
    return (other.end is None or one.start < other.end) and (
        one.end is None or other.start < one.end
    )
