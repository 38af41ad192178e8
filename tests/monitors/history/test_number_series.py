"""Numbers over time: added up by ten minutes, read by span, and gone when no chart shows them."""

from datetime import UTC, datetime, timedelta

import pytest

from monitors.history.latency_series import Span
from monitors.history.number_series import add_number, number_hours, number_points, prune
from monitors.models import Monitor, NumberRow
from monitors.services import save_monitor
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 30, 12, 4, tzinfo=UTC)


def queue() -> Monitor:
    monitor = Monitor(name="Queue", component=build.component("Shop"), kind="number", config={})
    return save_monitor(monitor, regions=[])


def test_ten_minutes_are_one_row_and_a_span_has_its_steps() -> None:
    monitor = queue()
    for minutes, value in ((0, 7.0), (1, -3.0), (14, 100.0), (70, 5.0), (60 * 24 * 6, 1.0)):
        add_number(monitor.pk, value, at=(NOW - timedelta(minutes=minutes)).timestamp())

    day = number_points([monitor.pk], span=Span.DAY, now=NOW)[monitor.pk]
    week = number_points([monitor.pk], span=Span.WEEK, now=NOW)[monitor.pk]
    (means,) = number_hours([monitor.pk], now=NOW).values()

    assert [(each.count, each.mean, each.lowest, each.highest) for each in day] == [
        (1, 5.0, 5.0, 5.0), (1, 100.0, 100.0, 100.0), (2, 2.0, -3.0, 7.0)
    ]  # fmt: skip
    assert day[-1].start == NOW.replace(minute=0)
    assert [each.mean for each in week] == [1.0, 5.0, 100.0, 2.0]
    assert means[-4:] == (None, 5.0, 100.0, 2.0)
    assert number_points([monitor.pk + 1], span=Span.DAY, now=NOW) == {}


def test_rows_that_no_chart_shows_any_more_are_deleted() -> None:
    monitor = queue()
    for days in (93, 91, 0):
        add_number(monitor.pk, 1.0, at=(NOW - timedelta(days=days)).timestamp())

    assert sum(prune(now=NOW.timestamp())) == 1
    assert NumberRow.objects.count() == 2


def test_what_is_measured_begins_a_chart_of_its_own() -> None:
    monitor = queue()
    add_number(monitor.pk, 1.0, at=NOW.timestamp())
    monitor.config = {"silence": 60}
    save_monitor(monitor, regions=[])
    kept = NumberRow.objects.count()

    monitor.config = {"silence": 60, "unit": "%"}
    save_monitor(monitor, regions=[])

    assert (kept, NumberRow.objects.count()) == (1, 0)
