"""When a reader is loading, live or dead (contract K), and how figures are put together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.rules.reader_metrics import (
    ReaderFigures,
    api_requests,
    gpu_clusters,
    resource_usage,
    throughput,
)
from monitors.rules.reader_state import (
    LISTED_SECONDS,
    MIN_INTERVAL_SECONDS,
    ReaderState,
    live_percentage,
    state_at,
)

_instants = st.floats(min_value=0, max_value=4e9)


@pytest.mark.parametrize("reported", [ReaderState.LOADING, ReaderState.LIVE])
@pytest.mark.parametrize(
    ("silent", "dead"), [(0.0, False), (29.9, False), (30.0, False), (30.1, True), (1e6, True)]
)
def test_k_a_reader_is_dead_after_three_of_its_intervals(
    reported: ReaderState, silent: float, dead: bool
) -> None:
    state = state_at(1000.0 + silent, reported=reported, heartbeat=1000.0, interval=10.0)

    assert state is (ReaderState.DEAD if dead else reported)


@given(_instants, _instants, st.floats(min_value=0.1, max_value=3600))
def test_silence_never_brings_a_reader_back(now: float, later: float, interval: float) -> None:
    now, later = sorted((now, later))
    states = [
        state_at(at, reported=ReaderState.LIVE, heartbeat=0.0, interval=interval)
        for at in (now, later)
    ]

    assert states != [ReaderState.DEAD, ReaderState.LIVE]


def test_the_share_of_nobody_is_nothing() -> None:
    assert live_percentage(live=0, total=0) == 0.0
    assert live_percentage(live=3, total=4) == 75.0


def test_k_intervals_are_a_second_at_least_and_the_dead_are_listed_for_a_day() -> None:
    assert (MIN_INTERVAL_SECONDS, LISTED_SECONDS) == (1.0, 86_400.0)


def test_t23_requests_are_added_up_and_their_mean_is_of_all_of_them() -> None:
    some = api_requests(
        [
            ReaderFigures("global", "a", requests=120, failed=2, request_ms=1_000.0),
            ReaderFigures("global", "b", requests=3, failed=1, request_ms=101.0),
            ReaderFigures("global", "c"),
        ]
    )
    none = api_requests([ReaderFigures("global", "c")])

    assert (some.total, some.successful, some.failed) == (123, 120, 3)
    assert some.average_ms == 9.0  # 1101 / 123 = 8.95
    one = ReaderFigures("global", "a", requests=1, request_ms=0.26)
    assert api_requests([one, ReaderFigures("global", "c")]).average_ms == 0.3
    assert (none.total, none.successful, none.failed, none.average_ms) == (0, 0, 0, 0.0)


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        (0, "0 bps"),
        (999, "999 bps"),
        (1000, "1.0 Kbps"),
        (999_949, "999.9 Kbps"),
        (999_950, "1.0 Mbps"),
        (2.3e9, "2.3 Gbps"),
        (7e15, "7000.0 Tbps"),
    ],
)
def test_t24_throughput_is_text_with_its_unit(bits: float, text: str) -> None:
    assert throughput(bits) == text


def test_t24_the_mean_is_over_those_that_report_a_figure() -> None:
    usage = resource_usage(
        [
            ReaderFigures("global", "a", metrics={"cpu": 10.0, "memory": 30.0}),
            ReaderFigures("global", "b", metrics={"cpu": 20.1}),
            ReaderFigures("global", "c", metrics={"requests": {}}),
            ReaderFigures("global", "d", metrics={"cpu": 20.24}),
            ReaderFigures("global", "dead"),
        ]
    )

    assert (usage.cpu, usage.memory, usage.storage) == (16.8, 30.0, 0.0)  # 50.34 / 3 = 16.78


def test_t24_throughput_is_the_sum_over_hosts_f_t19() -> None:
    usage = resource_usage(
        [
            ReaderFigures("global", "a", metrics={"network_in": 2e9, "network_out": 0}),
            # Another process that measures the same interfaces.
            ReaderFigures("global", "a", metrics={"network_in": 1.9e9, "network_out": 5}),
            ReaderFigures("global", "b", metrics={"network_in": 3e8, "network_out": None}),
        ]
    )

    assert (usage.inbound, usage.outbound) == ("2.3 Gbps", "5 bps")
    silent = resource_usage([ReaderFigures("global", "a"), ReaderFigures("global", "b")])
    assert (silent.network_in, silent.network_out) == (0.0, 0.0)
    bits = [ReaderFigures("global", each, metrics={"network_in": 0.17}) for each in "ab"]
    assert resource_usage(bits).network_in == 0.3


def test_t25_gpu_clusters_are_counted_together_and_zero_when_there_is_none() -> None:
    none = gpu_clusters([{"cpu": 1.0}])
    some = gpu_clusters(
        [
            {"gpu": {"total": 4, "active": 3, "utilization": 50.0, "queue_length": 7}},
            {"gpu": {"total": 2, "active": 1, "utilization": 90.3, "queue_length": 1}},
        ]
    )

    assert (none.total, none.active, none.utilization, none.queue_length) == (0, 0, 0.0, 0)
    assert (some.total, some.active, some.queue_length) == (6, 4, 8)
    assert some.utilization == 60.1  # 240.3 / 4 = 60.08
