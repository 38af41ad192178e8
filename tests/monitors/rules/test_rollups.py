"""What results add up to."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitors.rules.latency_sketch import Sketch, unpack_varints
from monitors.rules.rollups import (
    AGGREGATE_AFTER,
    AGGREGATE_MINUTES,
    LATE_AFTER,
    LATE_LIMIT_HOURS,
    Resolution,
    Tally,
    is_late,
    pack_minutes,
    tally_results,
    tally_rows,
    unpack_minutes,
)

unhurried = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
WORDS = ["up", "degraded", "down", "inconclusive", "blind"]
results = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(0, 3 * 86_400_000),
        st.sampled_from(WORDS),
        st.one_of(st.none(), st.integers(1, 10_000_000)),
    ),
    max_size=20,
)


def test_our_own_trouble_is_no_failure_r8() -> None:
    tally = tally_results([(1, 0, word, 5) for word in WORDS])[(1, 0)]

    assert (tally.count, tally.failures, tally.degraded, tally.inconclusive) == (5, 1, 1, 2)


def test_a_failure_that_comes_quickly_is_no_quick_answer() -> None:
    tally = tally_results([(1, 0, "up", 900), (1, 1, "down", 3)])[(1, 0)]

    assert (tally.latencies.minimum, tally.latencies.count) == (900, 1)


@unhurried
@given(results)
def test_a_day_is_the_same_from_hours_or_from_results(
    made: list[tuple[int, int, str, int | None]],
) -> None:
    minutes = tally_results(made)
    hours = tally_rows(((c, m, t) for (c, m), t in minutes.items()), Resolution.HOUR)

    days = tally_rows(((c, m, t) for (c, m), t in hours.items()), Resolution.DAY)

    direct: dict[tuple[int, int], Tally] = {}
    for check, at_ms, word, latency in made:
        key = (check, at_ms // 86_400_000 * 1440)
        direct.setdefault(key, Tally()).add(word, latency)
    assert days == direct


def test_late_is_what_comes_75_s_after_the_end_of_its_minute() -> None:
    assert not is_late(at=60.0, now=195.0)
    assert is_late(at=60.0, now=195.1)
    assert not is_late(at=119.9, now=195.0)
    assert is_late(at=119.9, now=195.1)
    assert not is_late(at=120.0, now=255.0)


@unhurried
@given(results)
def test_an_hours_minutes_are_packed_without_loss(
    made: list[tuple[int, int, str, int | None]],
) -> None:
    minutes = {minute % 60: tally for (_, minute), tally in tally_results(made).items()}

    assert unpack_minutes(pack_minutes(minutes)) == minutes


def test_of_minutes_strung_together_the_last_word_counts() -> None:
    one, other = Tally(count=1), Tally(count=2, failures=1)

    packed = pack_minutes({7: one, 8: one}) + pack_minutes({7: other})

    assert unpack_minutes(packed) == {7: other, 8: one}


def test_a_tally_begins_with_nothing() -> None:
    assert Tally() == Tally(0, 0, 0, 0, Sketch())
    assert not Tally().latencies.bins


@pytest.mark.parametrize(
    ("resolution", "minute", "first"),
    [
        (Resolution.MINUTE, 59, 59),
        (Resolution.HOUR, 0, 0),
        (Resolution.HOUR, 59, 0),
        (Resolution.HOUR, 60, 60),
        (Resolution.HOUR, 1499, 1440),
        (Resolution.DAY, 1439, 0),
        (Resolution.DAY, 1440, 1440),
        (Resolution.DAY, 2881, 2880),
    ],
)
def test_a_span_begins_with_its_first_minute(
    resolution: Resolution, minute: int, first: int
) -> None:
    assert resolution.floor(minute) == first


def test_a_minute_ends_where_the_next_begins() -> None:
    made = [(1, 59_999, "up", 5), (1, 60_000, "down", 5), (2, 60_000, "up", None)]

    tallies = tally_results(made)

    assert set(tallies) == {(1, 0), (1, 1), (2, 1)}
    assert tallies[1, 1] == Tally(count=1, failures=1)
    assert tallies[2, 1] == Tally(count=1)


def test_what_is_slow_is_counted_as_an_answer() -> None:
    slow = Tally()
    slow.add("degraded", 900)
    slow.add("up", 100)

    assert (slow.count, slow.degraded, slow.failures, slow.inconclusive) == (2, 1, 0, 0)
    assert (slow.latencies.count, slow.latencies.total) == (2, 1000)


def test_merging_adds_each_count() -> None:
    merged, other = Tally(9, 1, 2, 3), Tally(20, 4, 5, 6)
    merged.latencies.add(7)
    other.latencies.add(8)

    merged.merge(other)

    assert (merged.count, merged.failures, merged.degraded, merged.inconclusive) == (29, 5, 7, 9)
    assert merged.latencies.total == 15


def test_the_packed_form_of_a_minute_is_its_numbers_in_order() -> None:
    """Rows of earlier releases are read by it."""
    tally = Tally(9, 4, 2, 3)
    tally.latencies.add(5)
    sketch = tally.latencies.to_numbers()

    assert unpack_varints(pack_minutes({59: tally})) == [59, 9, 4, 2, 3, len(sketch), *sketch]
    assert unpack_minutes(b"") == {}


def test_storing_has_more_than_a_minute_before_a_minute_is_aggregated() -> None:
    assert (AGGREGATE_AFTER, LATE_AFTER, AGGREGATE_MINUTES) == (180.0, 75.0, 5)
    assert LATE_LIMIT_HOURS == 168
