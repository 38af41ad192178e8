"""What results add up to."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitors.rules.rollups import (
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
