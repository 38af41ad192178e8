"""Rules of escalation: when each step of a route is due. Pure, the clock an argument.

A route has steps: a channel, and how many minutes nobody has acknowledged the alert by then. It may
have hours, on the clock of a named zone. Outside them an alert of a severity that waits is kept
until they begin, and its minutes count from there; a step that would fall outside them waits too.
Any other severity knows no hours.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from components.values.severity import Severity
from components.values.time_zones import time_zone

ALL_DAYS = frozenset(range(1, 8))
"""ISO weekdays, Monday is 1."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of a route: on these days from `start` to `end`, past midnight if `end` is not
    after `start`; without either the whole day."""

    zone: str = "UTC"
    days: frozenset[int] = ALL_DAYS
    start: time | None = None
    end: time | None = None

    def covers(self, at: datetime) -> bool:
        """Return whether an instant is within the hours."""
        today = at.astimezone(time_zone(self.zone)).date()
        return any(begin <= at < end for begin, end in self._periods(today - timedelta(days=1), 2))

    def next_start(self, at: datetime) -> datetime:
        """Return the first instant from `at` on that is within the hours; `at` if there is none,
        for an alert that waits for ever is lost."""
        if self.covers(at):
            return at
        today = at.astimezone(time_zone(self.zone)).date()
        return min((begin for begin, _ in self._periods(today, 9) if begin > at), default=at)

    def _periods(self, first: date, count: int) -> Iterator[tuple[datetime, datetime]]:
        for day in (first + timedelta(days=number) for number in range(count)):
            if day.isoweekday() in self.days:
                start, end = self.start or time(), self.end or time()
                last = day if end > start else day + timedelta(days=1)
                yield self._instant(day, start), self._instant(last, end)

    def _instant(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=time_zone(self.zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a route: a channel, told when nobody has acknowledged for so long."""

    id: int
    channel_id: int
    after: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Route:
    """A route of alerts to channels, as the rules need it."""

    id: int
    name: str = ""
    min_severity: Severity = Severity.NONE
    component_ids: frozenset[int] = field(default_factory=frozenset)
    group_ids: frozenset[int] = field(default_factory=frozenset)
    steps: tuple[Step, ...] = ()
    """In the order of their times."""
    hours: Hours | None = None
    waiting: frozenset[Severity] = frozenset({Severity.MINOR})
    """The severities that wait outside the hours."""
    remind_minutes: int = 0

    def matches(
        self, *, component_id: int, groups: Collection[int | None], severity: Severity
    ) -> bool:
        """Return whether the route takes an alert; one without components and groups takes all.

        `groups` are the component's group, and the one that this is a part of.
        """
        if severity.rank < self.min_severity.rank:
            return False
        everything = not self.component_ids and not self.group_ids
        return (
            everything
            or component_id in self.component_ids
            or not self.group_ids.isdisjoint(groups)
        )

    def hours_for(self, severity: Severity) -> Hours | None:
        """Return the hours that an alert of a severity keeps; None for none."""
        return self.hours if severity in self.waiting else None


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a route with the instant at which it is due."""

    route: Route
    step: Step
    number: int
    """Counted from 1."""
    at: datetime

    @property
    def key(self) -> str:
        return f"{self.route.id}:{self.step.id}"


def plan(routes: Iterable[Route], *, severity: Severity, raised_at: datetime) -> list[PlannedStep]:
    """Return every step of some routes with its time, the earliest first."""
    planned = [
        PlannedStep(route, step, number, _due(route, step, severity, raised_at))
        for route in routes
        for number, step in enumerate(route.steps, start=1)
    ]
    return sorted(planned, key=lambda each: (each.at, each.route.id, each.number))


def _due(route: Route, step: Step, severity: Severity, raised_at: datetime) -> datetime:
    hours = route.hours_for(severity)
    if hours is None:
        return raised_at + step.after
    return hours.next_start(hours.next_start(raised_at) + step.after)


def next_step(planned: Sequence[PlannedStep], done: PlannedStep) -> PlannedStep | None:
    """Return the step of the same route that follows another; None after the last."""
    later = (each for each in planned if each.route == done.route and each.at > done.at)
    return next(later, None)


def reminder_number(route: Route, *, severity: Severity, raised_at: datetime, now: datetime) -> int:
    """Return the number of the reminder that is due, counted from 1; 0 for none.

    Missed ones are not made up for: after an hour without us, one reminder is enough. What waits
    for the hours is not reminded of outside them.
    """
    hours = route.hours_for(severity)
    began = hours.next_start(raised_at) if hours else raised_at
    if route.remind_minutes <= 0 or now < began or (hours and not hours.covers(now)):
        return 0
    return int((now - began).total_seconds() // (route.remind_minutes * 60))
