"""Numbers that were sent, over time: added up by ten minutes, and read as series."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import F, Sum

from components.models.deletion import delete_in_batches
from monitors.history.latency_series import Span
from monitors.models import NumberRow

STEP = 10
"""Minutes of one row."""
KEPT_MINUTES = 92 * 1440
"""How long rows are kept: a little longer than the longest chart."""
HOURS = 24


@dataclass(frozen=True, slots=True)
class NumberPoint:
    """The numbers of one step of a series."""

    start: datetime
    count: int
    mean: float
    lowest: float
    highest: float


def add_number(monitor_id: int, value: float, *, at: float) -> None:
    """Add a number to its ten minutes. The caller holds the lock of the monitor's check."""
    minute = int(at // 60) // STEP * STEP
    row = NumberRow.objects.filter(monitor=monitor_id, minute=minute).first()
    if row is None:
        row = NumberRow(
            monitor_id=monitor_id, minute=minute, count=0, total=0.0, lowest=value, highest=value
        )
    row.count += 1
    row.total += value
    row.lowest, row.highest = min(row.lowest, value), max(row.highest, value)
    row.save()


def number_points(
    monitor_ids: Collection[int], *, span: Span, now: datetime
) -> dict[int, list[NumberPoint]]:
    """Return the series of a span by monitor, those without a number left out. One query."""
    since = span.since(now)
    rows = NumberRow.objects.filter(
        monitor__in=monitor_ids, minute__gte=since, minute__lt=since + span.minutes
    )
    steps: dict[int, dict[int, list[NumberRow]]] = defaultdict(lambda: defaultdict(list))
    for row in rows.order_by("minute"):
        steps[row.monitor_id][row.minute // span.step * span.step].append(row)
    return {
        monitor_id: [_point(minute, found) for minute, found in by_minute.items()]
        for monitor_id, by_minute in steps.items()
    }


def number_hours(
    monitor_ids: Collection[int], *, now: datetime
) -> dict[int, tuple[float | None, ...]]:
    """Return the means of the last 24 hours by monitor, oldest first. One query."""
    last = int(now.timestamp() // 3600)
    first = last - HOURS + 1
    rows = (
        NumberRow.objects.filter(monitor__in=monitor_ids, minute__gte=first * 60)
        .annotate(hour=F("minute") / 60)
        .values("monitor", "hour")
        .annotate(sum=Sum("total"), number=Sum("count"))
        .order_by()
    )
    found: dict[int, list[float | None]] = defaultdict(lambda: [None] * HOURS)
    for row in rows:
        if first <= row["hour"] <= last:
            found[row["monitor"]][row["hour"] - first] = row["sum"] / row["number"]
    return {monitor_id: tuple(means) for monitor_id, means in found.items()}


def prune(*, now: float) -> Iterator[int]:
    """Delete rows that no chart shows any more; yield after each batch."""
    old = NumberRow.objects.filter(minute__lt=int(now // 60) - KEPT_MINUTES)
    yield from delete_in_batches(old, by="minute")


def _point(minute: int, rows: Iterable[NumberRow]) -> NumberPoint:
    rows = list(rows)
    count = sum(row.count for row in rows)
    return NumberPoint(
        datetime.fromtimestamp(minute * 60, UTC),
        count,
        sum(row.total for row in rows) / count,
        min(row.lowest for row in rows),
        max(row.highest for row in rows),
    )
