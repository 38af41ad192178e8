"""What the product tells of itself: what it served, and how busy its machine is (T23, T24)."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitors.readers import selectors, self_report
from monitors.readers.host_metrics import HostMetrics
from statuspage.api.views.readers import MetricsSerializer
from statuspage.edge import self_report as attendance
from statuspage.edge.self_report import RequestReporter
from statuspage.runtime import beat
from statuspage.server.request_counter import RequestCounter

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def nothing_said() -> None:
    self_report.reset()
    beat.reset()


def served(*statuses: int) -> RequestCounter:
    counted = RequestCounter()
    for status in statuses:
        counted.add(time.perf_counter() - 0.01, status=status)
    return counted


def test_t23_what_the_listeners_served_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendance, "FLUSH_SECONDS", 0.0)
    counted = served()
    telling = RequestReporter(counted)
    now = time.time()

    for status in (200, 304, 404, 500):
        counted.add(time.perf_counter() - 0.01, status=status)
    telling.report(now=now)
    telling.report(now=now)
    counted.add(time.perf_counter() - 0.01)
    telling.report(now=now)

    told = selectors.api_requests(now=now)
    assert (told.total, told.successful, told.failed) == (5, 4, 1)
    assert told.average_ms >= 10


def test_t23_what_could_not_be_told_is_told_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = served()
    telling = RequestReporter(counted)
    counted.add(time.perf_counter(), status=200)
    with monkeypatch.context() as patch:
        patch.setattr(self_report, "receive_heartbeat", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            telling.report(now=time.time())

    telling.report(now=time.time())

    assert selectors.api_requests(now=time.time()).total == 1


def test_t24_the_products_own_host_is_always_one() -> None:
    now = datetime.now(UTC)

    beat.measure_host(now)
    beat.measure_host(now)

    usage = selectors.resource_usage(now=now.timestamp())
    assert 0 < usage.memory <= 100
    assert 0 < usage.storage <= 100
    assert usage.inbound.endswith("bps")


def test_what_is_measured_is_what_a_reader_may_report(tmp_path: Path) -> None:

    serializer = MetricsSerializer(data=HostMetrics(folder=tmp_path).measure())

    assert serializer.is_valid(), serializer.errors
