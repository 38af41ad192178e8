"""The sketch against the library's own, and what its packed form must keep."""

import math

import pytest
from ddsketch import DDSketch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitors.rules.latency_sketch import ACCURACY, Sketch, pack_varints, unpack_varints

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


def test_an_empty_sketch_has_figures_of_nothing() -> None:
    empty = Sketch()

    assert (empty.count, empty.total, empty.minimum, empty.maximum) == (0, 0, 0, 0)
    assert empty.to_numbers() == []


def test_sum_mean_and_extremes_are_exact() -> None:
    made = sketch_of([40, 10, 10, 60])

    assert (made.count, made.total, made.minimum, made.maximum) == (4, 120, 10, 60)
    assert made.mean == 30.0


@pytest.mark.parametrize("value", [1, 0, -7])
def test_what_took_no_time_took_a_microsecond(value: int) -> None:
    made = sketch_of([value])

    assert (made.total, made.minimum, made.maximum) == (1, 1, 1)
    assert made.quantile(0.5) == 1.0


@pytest.mark.parametrize(
    ("number", "packed"),
    [
        (0, b"\x00"),
        (127, b"\x7f"),
        (128, b"\x80\x01"),
        (16_383, b"\xff\x7f"),
        (16_384, b"\x80\x80\x01"),
    ],
)
def test_a_number_takes_seven_bits_a_byte(number: int, packed: bytes) -> None:
    assert pack_varints([number]) == packed
    assert unpack_varints(packed * 2) == [number, number]
