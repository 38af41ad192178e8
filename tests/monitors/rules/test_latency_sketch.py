"""The sketch against the library's own, and what its packed form must keep."""

import math

import pytest
from ddsketch import DDSketch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitors.rules.latency_sketch import ACCURACY, Sketch

unhurried = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
latencies = st.lists(st.integers(1, 60_000_000), min_size=1, max_size=50)


def sketch_of(values: list[int]) -> Sketch:
    made = Sketch()
    for value in values:
        made.add(value)
    return made


@unhurried
@given(latencies, st.sampled_from([0.0, 0.5, 0.95, 0.99, 1.0]))
def test_a_percentile_is_as_near_as_promised(values: list[int], share: float) -> None:
    exact = sorted(values)[math.floor(share * (len(values) - 1))]

    estimated = sketch_of(values).quantile(share)

    assert estimated == pytest.approx(exact, rel=ACCURACY + 1e-9)


@unhurried
@given(latencies)
def test_it_says_what_the_librarys_sketch_says(values: list[int]) -> None:
    theirs = DDSketch(ACCURACY)
    for value in values:
        theirs.add(value)
    ours = sketch_of(values)

    for share in (0.25, 0.5, 0.95):
        within = theirs.get_quantile_value(share)
        assert within is not None
        clipped = min(max(within, ours.minimum), ours.maximum)
        assert ours.quantile(share) == pytest.approx(clipped)


@unhurried
@given(latencies, latencies)
def test_merged_is_as_if_it_had_seen_all(one: list[int], other: list[int]) -> None:
    merged = sketch_of(one)
    merged.merge(sketch_of(other))

    assert merged == sketch_of([*one, *other])


@unhurried
@given(st.one_of(st.just([]), latencies))
def test_packing_loses_nothing(values: list[int]) -> None:
    made = sketch_of(values)

    assert Sketch.unpack(made.pack()) == made


def test_a_minute_takes_a_dozen_bytes_and_an_hour_a_hundred() -> None:
    spread = [round(40_000 * 1.5 ** math.sin(number)) for number in range(360)]

    assert len(sketch_of(spread[:6]).pack()) <= 16
    assert len(sketch_of(spread).pack()) <= 100


def test_merging_nothing_changes_nothing() -> None:
    made = sketch_of([5, 7])
    made.merge(Sketch())

    assert made == sketch_of([5, 7])
    assert Sketch().quantile(0.5) is None
    assert Sketch().mean is None
