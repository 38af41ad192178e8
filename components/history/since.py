"""Since when a component has the status that it has, given what holds of it at present."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from components.models import DeclaredPeriod, StatusPeriod
from components.status import Status
from components.uptime.layers import Source

_LATELY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class OpenPeriod:
    """A period that is not over; `pk` is 0 for one that is not written yet."""

    pk: int
    status: Status
    start: datetime

    def renamed(self, status: Status) -> "OpenPeriod":
        return replace(self, status=status)


@dataclass(slots=True)
class Standing:
    """The open periods of one component, of both layers."""

    measured: OpenPeriod | None = None
    override: OpenPeriod | None = None
    by_hand: OpenPeriod | None = None
    incidents: list[OpenPeriod] = field(default_factory=list)

    def add(self, source: str, pk: int, status: Status, start: datetime) -> None:
        """Add a row; `source` is '' for a measured one."""
        period = OpenPeriod(pk, status, start)
        if not source:
            self.measured = period
        elif source == Source.OVERRIDE:
            self.override = period
        elif source == Source.BY_HAND:
            self.by_hand = period
        else:
            self.incidents.append(period)

    def begin_measured(self, status: Status, start: datetime) -> None:
        self.measured = OpenPeriod(0, status, start)

    def begin_override(self, status: Status, start: datetime) -> None:
        self.override = OpenPeriod(0, status, start)

    def begin_by_hand(self, start: datetime) -> None:
        self.by_hand = OpenPeriod(0, Status.OPERATIONAL, start)

    def starts_of(self, status: Status) -> list[datetime]:
        """Return when each of what says `status` began to say so."""
        said = (self.measured, self.override, self.by_hand, *self.incidents)
        return [each.start for each in said if each is not None and each.status is status]


def runs_since(
    statuses: Mapping[int, tuple[Status, Standing, datetime]],
) -> dict[int, datetime]:
    """Return, by component, since when its status holds without a break.

    `statuses` gives its status, what holds of it, and when the change happened that led to it. A
    status began with the first of what says it, but not before the last of what said otherwise
    ended. Two queries where something began before the change, else none.
    """
    began: dict[int, datetime] = {}
    earlier: dict[int, datetime] = {}
    for pk, (status, standing, at) in statuses.items():
        begin = min(standing.starts_of(status), default=at)
        began[pk] = begin
        if begin < at - _LATELY:
            earlier[pk] = begin
    if not earlier:
        return began
    for pk, end in _last_breaks({pk: (statuses[pk][0], earlier[pk]) for pk in earlier}).items():
        began[pk] = max(began[pk], min(end, statuses[pk][2]))
    return began


def _last_breaks(wanted: Mapping[int, tuple[Status, datetime]]) -> dict[int, datetime]:
    """Return when the last ended of what said otherwise than the status since the given instant."""
    first = min(begin for _, begin in wanted.values())
    columns = ("component_id", "status", "ended_at")
    rows: list[tuple[int, str, datetime, bool]] = []
    measured = StatusPeriod.objects.filter(component__in=list(wanted), ended_at__gt=first)
    rows += [(*row, False) for row in measured.values_list(*columns)]
    declared = DeclaredPeriod.objects.filter(
        component__in=list(wanted), ended_at__gt=first, withdrawn_at=None,
        source__in=[Source.INCIDENT, Source.OVERRIDE],
    )  # fmt: skip
    rows += [
        (pk, status, end, source == Source.OVERRIDE)
        for pk, status, end, source in declared.values_list(*columns, "source")
    ]
    ends: dict[int, list[datetime]] = defaultdict(list)
    for pk, word, end, commanded in rows:
        status, begin = wanted[pk]
        said = Status(word)
        # By itself a milder word says nothing against a worse one; maintenance and people do.
        hides = said is not status and (commanded or said is Status.MAINTENANCE)
        if end > begin and (hides or said.rank > status.rank):
            ends[pk].append(end)
    return {pk: max(each) for pk, each in ends.items()}
