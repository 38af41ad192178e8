"""Thresholds: what a number means, and how it is told."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from components.status import Verdict
from monitors.probers.number import LARGEST, NumberConfig
from monitors.rules.thresholds import Thresholds, format_number

BOTH = Thresholds(down_below=1, degraded_below=5, degraded_above=10, down_above=20)


@pytest.mark.parametrize(
    ("value", "verdict", "why"),
    [
        (0.5, Verdict.DOWN, "0.5 is below 1"),
        (1, Verdict.DEGRADED, "1 is below 5"),
        (5, Verdict.UP, ""),
        (10, Verdict.UP, ""),
        (10.5, Verdict.DEGRADED, "10.5 is above 10"),
        (20, Verdict.DEGRADED, "20 is above 10"),
        (20.000001, Verdict.DOWN, "20.000001 is above 20"),
        (-1e15, Verdict.DOWN, "-1e+15 is below 1"),
    ],
)
def test_a_number_beyond_its_limit_is_told_with_it(
    value: float, verdict: Verdict, why: str
) -> None:
    assert BOTH.judge(value) == (verdict, why)


def test_what_is_measured_and_its_unit_are_in_the_reason() -> None:
    limits = Thresholds(down_above=1_000)

    assert limits.judge(1_240, name="queue length")[1] == "queue length 1,240 is above 1,000"
    assert limits.judge(1_240, unit="jobs")[1] == "1,240 jobs is above 1,000 jobs"
    assert format_number(97.25, "%") == "97.25%"
    assert format_number(0.1 + 0.2) == "0.3"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"degraded_above": 10, "down_above": 5}, "degraded_above: must not be above down_above"),
        ({"down_below": 7, "down_above": 5}, "down_below: must not be above down_above"),
        ({"degraded_below": 3, "down_below": 4}, "down_below: must not be above degraded_below"),
        ({"down_above": math.nan}, "finite"),
        ({"down_above": math.inf}, "finite"),
        ({"down_above": 1e300}, "less than or equal"),
        ({"down_above": "5"}, "valid number"),
        ({"silence": 0}, "greater than or equal to 1"),
        ({"unit": "a\nb"}, "one line of printable characters"),
        ({"measures": "\u202equeue"}, "one line of printable characters"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        NumberConfig.model_validate(given)


@given(st.floats(-LARGEST, LARGEST))
def test_a_number_is_told_as_it_was_within_twelve_digits(value: float) -> None:
    told = float(format_number(value).replace(",", ""))

    assert math.isclose(told, value, rel_tol=1e-11)
