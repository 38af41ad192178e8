"""The chart of a monitor: of added-up results, and of single ones until there are any."""

from datetime import UTC, datetime, timedelta

import pytest

from monitors.admin.chart import response_time_chart
from monitors.models import Result
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db]
NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)


def results(check: int, *found: tuple[float, str, int | None]) -> None:
    Result.objects.bulk_create(
        Result(
            check_id=check, at_ms=int((NOW - timedelta(minutes=ago)).timestamp() * 1000),
            latency_us=latency, word=word, message="", late_ms=0,
        )
        for ago, word, latency in found
    )  # fmt: skip


def test_a_new_monitor_has_a_chart_of_its_first_results() -> None:
    check = build.check(build.monitor())
    results(check.pk, (2, "up", 40_000), (1, "up", 60_000), (0.2, "down", None))

    chart = response_time_chart([check.pk], now=NOW)

    assert "Median from 40 ms to 60 ms; 1 of 3 checks failed." in chart
    assert "The last 30 minutes" in chart


def test_without_results_it_says_so() -> None:
    check = build.check(build.monitor())
    results(check.pk, (45, "up", 40_000))

    chart = response_time_chart([check.pk], now=NOW)

    assert "No data for this period." in chart
    assert "The last 30 minutes" not in chart
