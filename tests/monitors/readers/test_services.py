"""Readers register, die, come back and are forgotten; their figures add up."""

import os
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from components.models import JournalEntry
from monitors.models import Gauge, Reader
from monitors.readers import selectors, self_report
from monitors.readers.services import (
    MAX_REMEMBERED,
    ReaderReport,
    delete_expired,
    mark_dead,
    receive_heartbeat,
)
from monitors.rules.reader_state import ReaderState

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
NOW = 1_800_000_000.0


def told() -> list[tuple[str, str]]:
    rows = JournalEntry.objects.filter(kind="reader.state_changed").order_by("id")
    return [(row.data["was"], row.data["state"]) for row in rows]


def states(now: float) -> dict[str, str]:
    return {reader.name: state.value for reader, state in selectors.listed_readers(now=now)}


def test_k_a_silent_reader_dies_once_and_its_return_is_journalled_too() -> None:
    beat = ReaderReport(name="gpu-1", interval=10.0)
    receive_heartbeat(beat, now=NOW)

    died = [mark_dead(now=NOW + silence) for silence in (29, 31, 32)]
    receive_heartbeat(beat, now=NOW + 60)
    receive_heartbeat(beat, now=NOW + 61)

    assert died == [0, 1, 0]
    assert told() == [("live", "dead"), ("dead", "live")]
    assert Reader.objects.get().since == NOW + 60


def test_k_heartbeats_themselves_are_not_journalled() -> None:
    for second in range(5):
        receive_heartbeat(ReaderReport(name="gpu-1"), now=NOW + second)

    assert not JournalEntry.objects.exists()


def test_k_a_reader_is_loading_until_it_says_that_it_is_live() -> None:
    receive_heartbeat(ReaderReport(name="gpu-1", reported_state=ReaderState.LOADING), now=NOW)
    before = states(NOW)
    receive_heartbeat(ReaderReport(name="gpu-1"), now=NOW + 1)

    assert before == {"gpu-1": "loading"}
    assert states(NOW + 1) == {"gpu-1": "live"}
    assert told() == []


def test_k_the_dead_stay_listed_for_a_day() -> None:
    receive_heartbeat(ReaderReport(name="gpu-1", interval=10.0), now=NOW)
    mark_dead(now=NOW + 31)
    died = NOW + 30

    delete_expired(now=died + 24 * 3600 - 1)
    kept = Reader.objects.count()
    last = states(died + 24 * 3600)
    delete_expired(now=died + 24 * 3600 + 1)

    assert kept == 1
    assert last == {"gpu-1": "dead"}
    assert states(died + 24 * 3600 + 1) == {}
    assert not Reader.objects.exists()


def test_who_was_heard_between_the_look_and_the_verdict_lives() -> None:
    receive_heartbeat(ReaderReport(name="gpu-1", interval=10.0), now=NOW)
    receive_heartbeat(ReaderReport(name="gpu-1", interval=10.0), now=NOW + 30.5)

    assert mark_dead(now=NOW + 31) == 0


def test_nobody_else_takes_the_name_of_one_of_the_products_own() -> None:
    self_report.reset()
    self_report.report("beat", now=NOW)

    with pytest.raises(ValidationError, match="built-in reader"):
        receive_heartbeat(ReaderReport(name=self_report.reader_name("beat")), now=NOW)


def test_k_the_products_own_register_with_real_pids_and_seldom() -> None:
    self_report.reset()

    reports = [self_report.report("notify", now=NOW) for _ in range(3)]

    reader = Reader.objects.get(name=f"{settings.STATUSPAGE.machine}/notify")
    assert reports == [True, False, False]
    assert reader.pids == [os.getpid()]
    assert reader.consumer_groups == ["notify", "primary"]
    assert (reader.model_type, reader.own) == ("notify", True)


def requests(total: int, failed: int, average_ms: float) -> ReaderReport:
    figures = {"total": total, "failed": failed, "average_ms": average_ms}
    return ReaderReport(name="gpu-1", metrics={"requests": figures})


def test_t23_requests_of_the_last_day_add_up() -> None:
    receive_heartbeat(requests(1000, 1000, 9.0), now=NOW - 25 * 3600)
    receive_heartbeat(requests(10, 1, 20.0), now=NOW - 60)
    receive_heartbeat(requests(30, 2, 40.0), now=NOW - 59)

    served = selectors.api_requests(now=NOW)

    assert (served.total, served.successful, served.failed) == (40, 37, 3)
    assert served.average_ms == 35.0


def test_t23_nothing_served_is_zero() -> None:
    served = selectors.api_requests(now=NOW)

    assert (served.total, served.successful, served.failed, served.average_ms) == (0, 0, 0, 0.0)


def test_t24_t25_only_live_readers_count() -> None:
    gpu = {"total": 2, "active": 1, "utilization": 40.0, "queue_length": 3}
    receive_heartbeat(ReaderReport(name="a", metrics={"cpu": 10.0, "gpu": gpu}), now=NOW)
    receive_heartbeat(ReaderReport(name="b", metrics={"cpu": 30.0}), now=NOW)
    receive_heartbeat(ReaderReport(name="c", metrics={"cpu": 99.0, "gpu": gpu}), now=NOW - 60)

    usage, clusters = selectors.resource_usage(now=NOW), selectors.gpu_usage(now=NOW)

    assert usage.cpu == 20.0
    assert (clusters.total, clusters.queue_length) == (2, 3)


def test_readers_belong_to_the_region_that_a_group_of_theirs_names_f_t19() -> None:
    for name, groups, own in (
        ("east/web", ("web",), True),
        ("east/probes", ("probes", "probes@us-east-1"), True),
        ("west/agent", ("probes", "probes@us-west-2"), False),
        ("east/worker", ("inference",), False),
        ("gpu-1", ("inference@eu-west-1",), False),
    ):
        report = ReaderReport(name=name, consumer_groups=groups, metrics={"network_in": 5.0})
        receive_heartbeat(report, now=NOW, own=own)

    figures = selectors.reader_figures(now=NOW)

    assert sorted((one.region, one.host) for one in figures) == [
        ("eu-west-1", "gpu-1"),
        ("global", "east/worker"),
        ("us-east-1", "east"),
        ("us-east-1", "east"),
        ("us-west-2", "west"),
    ]
    # Both of our own on one machine measure the same interfaces.
    assert selectors.resource_usage(now=NOW).network_in == 20.0


def test_what_a_reader_served_counts_when_it_is_gone_f_t19() -> None:
    receive_heartbeat(requests(10, 1, 20.0), now=NOW - 3_600)

    (one,) = selectors.reader_figures(now=NOW)

    assert (one.requests, one.failed, one.request_ms, one.metrics) == (10, 1, 200.0, {})


def test_a_minute_keeps_one_row_with_its_last_figures() -> None:
    for second, cpu in enumerate((10.0, 20.0, 30.0)):
        receive_heartbeat(ReaderReport(name="a", metrics={"cpu": cpu}), now=NOW - NOW % 60 + second)

    assert [row.cpu for row in Gauge.objects.all()] == [30.0]


def test_a_heartbeat_without_figures_keeps_the_last_ones() -> None:
    receive_heartbeat(ReaderReport(name="a", metrics={"cpu": 10.0}), now=NOW)
    receive_heartbeat(ReaderReport(name="a"), now=NOW + 1)

    assert selectors.resource_usage(now=NOW + 1).cpu == 10.0


def test_figures_are_kept_for_two_weeks() -> None:
    receive_heartbeat(ReaderReport(name="a", metrics={"cpu": 10.0}), now=NOW)

    delete_expired(now=NOW + 13.9 * 86_400)
    kept = Gauge.objects.count()
    receive_heartbeat(ReaderReport(name="a"), now=NOW + 14.1 * 86_400)
    delete_expired(now=NOW + 14.1 * 86_400)

    assert (kept, Gauge.objects.count()) == (1, 0)


def numbered(report_id: str, total: int, **more: Any) -> ReaderReport:
    metrics = {"requests": {"total": total, "failed": 1, "average_ms": 10.0}}
    return ReaderReport(name="gpu-1", report_id=report_id, metrics=metrics, **more)


def counted() -> int:
    return selectors.api_requests(now=NOW).total


def test_a_report_that_is_sent_again_under_its_number_counts_once_f_t18() -> None:
    replayed = [
        receive_heartbeat(numbered(number, 10), now=NOW - 60 + second).replayed
        for second, number in enumerate(["a", "a", "b", "a", "b"])
    ]

    assert replayed == [False, True, False, True, True]
    assert counted() == 20
    # It is a sign of life all the same.
    assert Reader.objects.get().heartbeat == NOW - 56


def test_numbers_are_each_readers_own_f_t18() -> None:
    receive_heartbeat(numbered("1", 10), now=NOW - 60)
    other = ReaderReport(name="gpu-2", report_id="1", metrics={"requests": {"total": 5}})
    receive_heartbeat(other, now=NOW - 60)

    assert counted() == 15


def test_the_numbers_that_are_remembered_are_bounded_f_t18() -> None:
    for number in range(MAX_REMEMBERED + 5):
        receive_heartbeat(numbered(str(number), 1), now=NOW - 60)

    remembered = Reader.objects.get().report_ids
    assert remembered == [str(number) for number in range(5, MAX_REMEMBERED + 5)]


def test_reports_without_a_number_count_each_f_t18() -> None:
    receive_heartbeat(numbered("", 10), now=NOW - 60)
    receive_heartbeat(numbered("", 10), now=NOW - 59)

    assert counted() == 20
    assert Reader.objects.get().report_ids == []


def test_an_unnumbered_report_that_was_given_up_is_a_sign_of_life_alone_f_t18() -> None:
    receive_heartbeat(numbered("", 10), now=NOW - 60, is_awaited=lambda: False)
    before = counted()
    receive_heartbeat(numbered("", 10), now=NOW - 59)
    receive_heartbeat(numbered("a", 10), now=NOW - 58, is_awaited=lambda: False)

    assert (before, counted()) == (0, 20)
    assert states(NOW - 60 + 14)["gpu-1"] == "live"


def test_a_report_that_was_overtaken_counts_and_turns_nothing_back_f_t18() -> None:
    loading = ReaderState.LOADING
    receive_heartbeat(ReaderReport(name="gpu-1", metrics={"cpu": 90.0}), now=NOW - 40)
    receive_heartbeat(numbered("late", 10, reported_state=loading, device="old"), now=NOW - 55)

    reader = Reader.objects.get()
    assert (reader.heartbeat, reader.said, reader.device) == (NOW - 40, "live", "")
    assert reader.metrics == {"cpu": 90.0}
    assert counted() == 10


def test_a_clock_that_was_set_back_does_not_silence_a_reader_f_t18() -> None:
    receive_heartbeat(ReaderReport(name="gpu-1"), now=NOW + 3600)
    receive_heartbeat(ReaderReport(name="gpu-1"), now=NOW)

    assert Reader.objects.get().heartbeat == NOW
