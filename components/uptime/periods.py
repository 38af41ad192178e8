"""Uptime from the log of status periods: known time only, nothing invented.

    uptime = 1 − (major outage + 0.3 × partial outage) / (known − maintenance)

Operational and degraded time is up. A partial outage weighs 30 %, as Atlassian Statuspage counts
it ("Uptime calculation" in its documentation); announced maintenance is left out of both sides,
unless a component's policy is to count it, as time down; time without evidence is not known time.
The page prints this policy beside the numbers. A percentage needs an hour of known time, a day's
cell a minute: less says nothing yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from components.status import Status, worst

PARTIAL_OUTAGE_WEIGHT = 0.3
SECONDS_PER_DAY = 86_400
PERCENT_NEEDS = 3_600
"""Seconds of known time, below which there is no percentage (decision C8)."""
CELL_NEEDS = 60
"""Seconds of known time, below which a day is not said to have been operational."""


@dataclass(frozen=True, slots=True)
class Period:
    """A component had `status` in `[start, end)`; `end` None means until now."""

    status: Status
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class DayTotal:
    """Seconds per status within one day (UTC) that was not wholly operational."""

    on: date
    seconds: dict[Status, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """The seconds per status of a span of time. `totals` covers all of it, unknown included."""

    totals: dict[Status, float]
    days: tuple[DayTotal, ...]
    known_from: datetime | None
    """When the first known time of the span begins."""

    @property
    def first_known_on(self) -> date | None:
        return self.known_from.date() if self.known_from else None

    @property
    def uptime(self) -> float | None:
        return uptime_percent(self.totals)


def uptime_percent(
    totals: Mapping[Status, float], *, maintenance_counts: bool = False
) -> float | None:
    """Return the percentage by the module's formula.

    None with less than an hour of known time, and when no time counts.
    """
    known = counted = 0.0
    for status, seconds in totals.items():
        if status is not Status.UNKNOWN:
            known += seconds
            if maintenance_counts or status is not Status.MAINTENANCE:
                counted += seconds
    if known < PERCENT_NEEDS:
        return None
    if counted <= 0:
        return None
    lost = (
        totals.get(Status.MAJOR_OUTAGE, 0.0)
        + totals.get(Status.PARTIAL_OUTAGE, 0.0) * PARTIAL_OUTAGE_WEIGHT
        + (totals.get(Status.MAINTENANCE, 0.0) if maintenance_counts else 0.0)
    )
    return 100.0 * (1.0 - lost / counted)


def day_start(on: date) -> datetime:
    return datetime.combine(on, time.min, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PastTotals:
    """The totals of periods that are over, so that they need not be added up each time."""

    until: datetime
    """The end of the last of them; after it nothing is known."""
    totals: dict[Status, float]
    by_day: dict[date, dict[Status, float]]
    known_from: datetime | None
    days: tuple[DayTotal, ...]

    def summary(self, *, present: Period | None = None, end: datetime) -> Summary:
        """Return the whole of it at `end`, with the period that is not over. Its days, where it
        adds nothing to them, are those very objects."""
        totals, added = dict(self.totals), dict[date, dict[Status, float]]()
        known_from, until = self.known_from, self.until
        if present is not None:
            known_from, until = _add(present, totals, added, known_from, until, end)
        totals[Status.UNKNOWN] = totals.get(Status.UNKNOWN, 0.0) + (end - until).total_seconds()
        if known_from is not None:
            _add_days(added, Status.UNKNOWN, until, end)
        if not added:
            return Summary(totals, self.days, known_from)
        for on, seconds in self.by_day.items():
            if on in added:
                for status, amount in seconds.items():
                    added[on][status] = added[on].get(status, 0.0) + amount
        before = (day for day in self.days if day.on not in added)
        return Summary(totals, (*before, *_rounded(added)), known_from)


def sum_periods(periods: Iterable[Period], *, start: datetime, end: datetime) -> PastTotals:
    """Add up `periods` (ordered, not overlapping) within `[start, end)`.

    Whatever no period covers is unknown. Time before the first knowledge is unknown in `totals`
    but belongs to no day in `days`: it is not a gap, it is before the beginning. Work is
    proportional to the number of periods, and to days only where one that is not operational
    touches them.
    """
    totals: dict[Status, float] = {}
    by_day: dict[date, dict[Status, float]] = {}
    known_from, until = None, start
    for period in periods:
        known_from, until = _add(period, totals, by_day, known_from, until, end)
    return PastTotals(until, totals, by_day, known_from, _rounded(by_day))


def summarise(periods: Iterable[Period], *, start: datetime, end: datetime) -> Summary:
    """Return what `periods` add up to within `[start, end)`; see `sum_periods`."""
    return sum_periods(periods, start=start, end=end).summary(end=end)


def _add(
    period: Period,
    totals: dict[Status, float],
    by_day: dict[date, dict[Status, float]],
    known_from: datetime | None,
    until: datetime,
    end: datetime,
) -> tuple[datetime | None, datetime]:
    """Add one period to the totals; return since when and until when all is known."""
    begin = max(period.start, until)
    finish = min(period.end or end, end)
    if finish <= begin:
        return known_from, until
    if known_from is None and period.status is not Status.UNKNOWN:
        known_from = begin
    for status, since, to in (
        (Status.UNKNOWN, until, begin),
        (period.status, begin, finish),
    ):
        totals[status] = totals.get(status, 0.0) + (to - since).total_seconds()
        if known_from is not None and since >= known_from:
            _add_days(by_day, status, since, to)
    return known_from, finish


def _rounded(by_day: dict[date, dict[Status, float]]) -> tuple[DayTotal, ...]:
    return tuple(
        DayTotal(on, {status: round(seconds) for status, seconds in by_day[on].items()})
        for on in sorted(by_day)
    )


def _add_days(
    by_day: dict[date, dict[Status, float]], status: Status, begin: datetime, finish: datetime
) -> None:
    if status is Status.OPERATIONAL:
        return
    on = begin.date()
    while begin < finish:
        until = min(finish, day_start(on + timedelta(days=1)))
        seconds = by_day.setdefault(on, {})
        seconds[status] = seconds.get(status, 0.0) + (until - begin).total_seconds()
        begin = until
        on += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayCell:
    """What one day (UTC) shows, where it was not simply operational."""

    on: date
    status: Status
    seconds: dict[Status, int]


def day_cells(summary: Summary, *, end: datetime) -> tuple[DayCell, ...]:
    """Return the cells of a span that ends at `end`; days that were operational are left out."""
    known_from = summary.known_from
    if known_from is None:
        return ()
    cells = [_cell(day, known_from=known_from, end=end) for day in summary.days]
    first = known_from.date()
    if not any(each.on == first for each in cells):
        # It was operational as long as it is known, which may be no time at all.
        cells.insert(0, _cell(DayTotal(first, {}), known_from=known_from, end=end))
    if end.date() != first and (end - known_from).total_seconds() < CELL_NEEDS:
        cells.append(DayCell(end.date(), Status.UNKNOWN, {}))
    return tuple(each for each in cells if each.status is not Status.OPERATIONAL)


def day_length(on: date, *, known_from: datetime, end: datetime) -> float:
    """Return the seconds of a day that there is anything to know of: from `known_from` to `end`."""
    last = min(end, day_start(on + timedelta(days=1)))
    return max(0.0, (last - max(known_from, day_start(on))).total_seconds())


def _cell(day: DayTotal, *, known_from: datetime, end: datetime) -> DayCell:
    length = day_length(day.on, known_from=known_from, end=end)
    status = day_status(day.seconds)
    known = length - day.seconds.get(Status.UNKNOWN, 0)
    # So far there may have been less than a minute of it, of which everything is known.
    needed = CELL_NEEDS if day.on == known_from.date() else min(CELL_NEEDS, length)
    if status is Status.OPERATIONAL and known < needed:
        status = Status.UNKNOWN
    return DayCell(day.on, status, day.seconds)


def day_status(seconds: dict[Status, int]) -> Status:
    """Return the status that a day's cell shows: its worst known one.

    A gap in the evidence shows as unknown only when it took half the day or more, so that a
    prober's restart does not paint a good day grey.
    """
    outages = [
        status
        for status, amount in seconds.items()
        if amount > 0 and status not in (Status.UNKNOWN, Status.MAINTENANCE)
    ]
    if outages:
        return worst(outages)
    if seconds.get(Status.UNKNOWN, 0) >= SECONDS_PER_DAY // 2:
        return Status.UNKNOWN
    if seconds.get(Status.MAINTENANCE, 0) > 0:
        return Status.MAINTENANCE
    return Status.OPERATIONAL
