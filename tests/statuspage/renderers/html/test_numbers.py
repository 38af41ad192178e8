"""Figures are never better than what was measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.renderers.html.numbers import (
    count,
    floor_percent,
    latency,
    uptime,
)


@pytest.mark.parametrize(
    ("percent", "told"),
    [
        (100.0, "100 %"),
        (99.999_999_999, "99.99 %"),
        (99.999, "99.99 %"),
        (99.99, "99.99 %"),
        (99.987, "99.98 %"),
        (99.1, "99.10 %"),
        (57.0, "57.00 %"),
        (0.29, "0.29 %"),
        (0.0, "0.00 %"),
        (None, ""),
    ],
)
def test_uptime_is_cut_and_never_rounded_up(percent: float | None, told: str) -> None:
    assert uptime(percent) == told


@given(st.floats(min_value=0, max_value=100))
def test_a_printed_uptime_never_exceeds_the_measured_one(percent: float) -> None:
    assert floor_percent(percent) <= percent + 1e-7
    assert floor_percent(percent) > percent - 0.0101
    assert (floor_percent(percent) == 100) == (percent == 100)


@given(st.integers(min_value=0, max_value=10_000))
def test_a_figure_of_two_decimals_stays_itself(hundredths: int) -> None:
    assert floor_percent(hundredths / 100) == hundredths / 100


@pytest.mark.parametrize(
    ("milliseconds", "told"),
    [
        (None, ""),
        (0.4, "< 1 ms"),
        (85.2, "85 ms"),
        (999.4, "999 ms"),
        (999.6, "1.0 s"),
        (3_200, "3.2 s"),
    ],
)
def test_a_response_time_has_the_unit_that_reads_best(
    milliseconds: float | None, told: str
) -> None:
    assert latency(milliseconds) == told


def test_one_is_not_many() -> None:
    assert count(1, "day", "days") == "1 day"
    assert count(1_204, "day", "days") == "1,204 days"
