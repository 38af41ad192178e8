"""Series for charts: from rollups only, in few queries, merged as asked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitors.history.latency_series import (
    Span,
    component_response_times,
    response_times,
    rollup_points,
)
from monitors.history.rollup_store import write
from monitors.models import Check, Folding, HourRow, MinuteRows
from monitors.models.rollup import FOLDING
from monitors.rules.rollups import Resolution, Tally
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 11, 21, 10, 37, tzinfo=UTC)


MINUTE, HOUR, DAY = Resolution


def row(
    resolution: Resolution, check: Check, start: datetime, *latencies_ms: int, failures: int = 0
) -> None:
    tally = Tally()
    for latency in latencies_ms:
        tally.add("up", latency * 1000)
    for _ in range(failures):
        tally.add("down", None)
    write(resolution, {(check.pk, int(start.timestamp() // 60)): tally})


def folded(*, hours: datetime, days: datetime) -> None:
    minutes = {"minutes_until": NOW, "hours_until": hours, "days_until": days}
    Folding.objects.create(
        pk=FOLDING, **{name: int(at.timestamp() // 60) for name, at in minutes.items()}
    )


def test_a_day_is_told_in_steps_of_ten_minutes() -> None:
    check = build.check(build.monitor())
    for minute, latency in ((30, 10), (31, 20), (39, 30)):
        row(MINUTE, check, NOW.replace(hour=9, minute=minute), latency)
    row(MINUTE, check, NOW - timedelta(hours=24), 5)

    (point,) = response_times([check.pk], span=Span.DAY, now=NOW)

    assert point.start == NOW.replace(hour=9, minute=30)
    assert (point.count, point.minimum, point.mean, point.maximum) == (3, 10, 20, 30)
    assert point.p50 == pytest.approx(20, rel=0.02)


def test_a_week_ends_with_the_hour_that_is_not_over() -> None:
    check = build.check(build.monitor())
    folded(hours=NOW.replace(hour=10, minute=0), days=NOW.replace(hour=0, minute=0))
    row(HOUR, check, NOW.replace(hour=9, minute=0), 10, 10)
    row(MINUTE, check, NOW.replace(hour=9, minute=59), 99)  # is in the hour's row already
    row(MINUTE, check, NOW.replace(minute=1), 30, failures=1)

    points = response_times([check.pk], span=Span.WEEK, now=NOW)

    assert [(point.start.hour, point.count, point.failures) for point in points] == [
        (9, 2, 0),
        (10, 2, 1),
    ]


def test_ninety_days_end_with_today() -> None:
    check = build.check(build.monitor())
    folded(hours=NOW.replace(minute=0), days=NOW.replace(hour=0, minute=0))
    today = NOW.replace(hour=0, minute=0)
    for ago in (91, 90, 89, 1):
        row(DAY, check, today - timedelta(days=ago), 10)
    row(HOUR, check, NOW.replace(hour=3, minute=0), 10)

    points = response_times([check.pk], span=Span.QUARTER, now=NOW)

    assert [(today - point.start).days for point in points] == [89, 1, 0]


@pytest.mark.parametrize(("span", "most"), [(Span.DAY, 2), (Span.WEEK, 4), (Span.QUARTER, 4)])
def test_a_component_takes_a_fixed_number_of_queries_and_no_result(span: Span, most: int) -> None:
    """By monitor and by region come from the same rows; single results are never read."""
    component = build.component()
    regions = (build.region(), build.region("us-east-1", "Virginia"))
    monitors = [build.monitor(component, regions=regions) for _ in range(3)]
    folded(hours=NOW.replace(minute=0), days=NOW.replace(hour=0, minute=0))
    for number, check in enumerate(Check.objects.order_by("pk")):
        for resolution in Resolution:
            row(resolution, check, NOW.replace(hour=0, minute=0), 10 * (number + 1))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = component_response_times(component.pk, span=span, now=NOW)

    assert len(queries) <= most
    assert not any("monitors_result" in query["sql"] for query in queries)
    assert [point.count for point in found.all] == [6]
    assert set(found.by_monitor) == {monitor.pk for monitor in monitors}
    assert set(found.by_region) == {"global", "us-east-1"}
    total = sum(point.count for points in found.by_region.values() for point in points)
    assert total == sum(point.count for point in found.all)


def test_rows_are_those_that_begin_within() -> None:
    check = build.check(build.monitor())
    for minute in (10, 11, 12):
        row(MINUTE, check, NOW.replace(minute=minute), 10)

    found = rollup_points(
        [check.pk],
        resolution=Resolution.MINUTE,
        since=NOW.replace(minute=10, second=1),
        until=NOW.replace(minute=12),
    )

    assert [point.start.minute for point in found] == [11]


@pytest.mark.parametrize("model", [MinuteRows, HourRow])
def test_the_rows_of_a_chart_are_found_by_their_key(model: Any) -> None:
    query = model.objects.filter(check_id__in=[1, 2], minute__gte=5, minute__lt=9)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")  # an empty table would be read whole
        plan = query.explain()
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = on")

    assert f"{model._meta.db_table}_pkey" in plan or "(check_id=? AND minute>?" in plan
