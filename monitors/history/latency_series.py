"""Series of response times for charts and the API: read from rollups, never from results."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from monitors.history import rollup_store
from monitors.models import Check, Folding
from monitors.models.rollup import FOLDING
from monitors.rules.rollups import Resolution, Tally

_Steps = dict[int, Tally]
"""Tallies by the minute at which their step begins."""


class Span(Enum):
    """The span of a chart: minutes in all, minutes a step, and the rows it is made of."""

    DAY = (Resolution.DAY, 10, Resolution.MINUTE)
    WEEK = (7 * Resolution.DAY, 60, Resolution.HOUR)
    QUARTER = (90 * Resolution.DAY, 1440, Resolution.DAY)

    def __init__(self, minutes: int, step: int, resolution: Resolution) -> None:
        self.minutes, self.step, self.resolution = minutes, step, resolution

    def since(self, now: datetime) -> int:
        """Return the minute at which the first step begins; the last one is that of `now`."""
        last = int(now.timestamp() // 60) // self.step * self.step
        return last + self.step - self.minutes


@dataclass(frozen=True, slots=True)
class Point:
    """One step of a series. Latencies are in milliseconds, None where no good answer came."""

    start: datetime
    count: int
    failures: int
    degraded: int
    inconclusive: int
    minimum: float | None
    mean: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    maximum: float | None

    @classmethod
    def of(cls, minute: int, tally: Tally) -> "Point":
        found = tally.latencies
        minimum, maximum = (found.minimum, found.maximum) if found.bins else (None, None)
        quantiles = [found.quantile(share) for share in (0.5, 0.95, 0.99)]
        return cls(
            datetime.fromtimestamp(minute * 60, UTC),
            tally.count,
            tally.failures,
            tally.degraded,
            tally.inconclusive,
            *(
                None if us is None else us / 1000
                for us in (minimum, found.mean, *quantiles, maximum)
            ),
        )


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """A component's series: of all checks, of each monitor, and from each region."""

    all: list[Point]
    by_monitor: dict[int, list[Point]]
    by_region: dict[str, list[Point]]


def component_response_times(component_id: int, *, span: Span, now: datetime) -> ResponseTimes:
    """Return the response times of a component. Four queries, however many monitors it has."""
    checks = list(Check.objects.filter(monitor__component=component_id).order_by("pk"))
    read = _read([check.pk for check in checks], span=span, now=now)
    by_monitor: dict[int, list[int]] = {}
    by_region: dict[str, list[int]] = {}
    for check in checks:
        by_monitor.setdefault(check.monitor_id, []).append(check.pk)
        by_region.setdefault(check.region_id, []).append(check.pk)
    return ResponseTimes(
        _merged(read, read),
        {monitor_id: _merged(read, mine) for monitor_id, mine in by_monitor.items()},
        {code: _merged(read, mine) for code, mine in by_region.items()},
    )


def response_times(check_ids: Collection[int], *, span: Span, now: datetime) -> list[Point]:
    """Return the response times of these checks together. At most three queries."""
    read = _read(check_ids, span=span, now=now)
    return _merged(read, read)


def rollup_points(
    check_ids: Collection[int], *, resolution: Resolution, since: datetime, until: datetime
) -> list[Point]:
    """Return points of one resolution in [since, until), of these checks together. One query."""
    read: dict[int, _Steps] = {}
    first, last = (-int(-instant.timestamp() // 60) for instant in (since, until))
    _merge_rows(read, rollup_store.read(resolution, check_ids, first, last), resolution)
    return _merged(read, read)


def _read(check_ids: Collection[int], *, span: Span, now: datetime) -> dict[int, _Steps]:
    """Read the span's rows, and finer ones for the step that is not over yet."""
    read: dict[int, _Steps] = {}
    since = span.since(now)
    until = since + span.minutes
    if span.resolution is not Resolution.MINUTE:
        state = Folding.objects.filter(pk=FOLDING).first()
        if state is None:
            return read
        hourly = span.resolution is Resolution.HOUR
        finer = Resolution.MINUTE if hourly else Resolution.HOUR
        open_since = max(since, state.hours_until if hourly else state.days_until)
        _merge_rows(read, rollup_store.read(finer, check_ids, open_since, until), span.step)
        until = open_since
    _merge_rows(read, rollup_store.read(span.resolution, check_ids, since, until), span.step)
    return read


def _merge_rows(
    read: dict[int, _Steps], found: Iterable[tuple[int, int, Tally]], step: int
) -> None:
    for check_id, minute, tally in found:
        read.setdefault(check_id, {}).setdefault(minute // step * step, Tally()).merge(tally)


def _merged(read: Mapping[int, _Steps], check_ids: Iterable[int]) -> list[Point]:
    steps: _Steps = {}
    for check_id in check_ids:
        for minute, tally in read.get(check_id, {}).items():
            steps.setdefault(minute, Tally()).merge(tally)
    return [Point.of(minute, tally) for minute, tally in sorted(steps.items())]
