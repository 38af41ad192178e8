"""Flapping: which changes count, and for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.rules import flapping


@pytest.mark.parametrize(
    ("turns", "expected"),
    [(0b1, False), (0b111, False), (0b1111, True), (0b1111 << 16, False)],
)
def test_newer_changes_weigh_more(turns: int, expected: bool) -> None:
    assert flapping.has_begun(turns) is expected


def test_a_fifth_is_the_limit_itself() -> None:
    # The second to the fifth newest, and the weights around them: 4.00 of 20 is a fifth.
    heavy = [1.25 - 0.5 * age / 19 for age in range(20)]
    for turns in range(1 << 12):
        weight = sum(each for age, each in enumerate(heavy) if turns >> age & 1)
        assert flapping.has_begun(turns) is (weight / 20 >= 0.2)


def test_the_share_is_that_of_nagios() -> None:
    every = (1 << flapping.SLOTS) - 1

    assert flapping.share(every) == pytest.approx(1.0)
    assert flapping.share(1) == pytest.approx(1.25 / 20)
    assert flapping.share(1 << 19) == pytest.approx(0.75 / 20)


@pytest.mark.parametrize(
    ("interval", "window"), [(1, 20), (60, 1_200), (180, 3_600), (181, 3_600), (86_400, 3_600)]
)
def test_a_window_is_twenty_intervals_and_an_hour_at_most_f_t3(
    interval: float, window: float
) -> None:
    assert flapping.window_of(interval) == window


def test_changes_age_with_time_f_t3() -> None:
    window = flapping.window_of(60)
    turns = flapping.record_check(0, turned=True, at=600.0, before=None, window=window)

    soon = flapping.record_check(turns, turned=True, at=660.0, before=600.0, window=window)
    later = flapping.record_check(soon, turned=False, at=1_140.0, before=660.0, window=window)
    gone = flapping.record_check(later, turned=False, at=1_860.0, before=1_140.0, window=window)

    assert soon == 0b11
    assert later == 0b11 << 8
    assert gone == 0


def test_a_first_check_leaves_what_was_remembered_where_it_was() -> None:
    kept = flapping.record_check(0b1, turned=False, at=600.0, before=None, window=1_200.0)

    assert kept == 0b1


def test_a_second_change_in_one_slot_takes_the_next_for_retries_come_faster_than_slots() -> None:
    turns = 0b1
    for second in range(61, 64):
        turns = flapping.record_check(
            turns, turned=True, at=float(second), before=second - 1.0, window=1_200.0
        )

    assert turns == 0b1111
    assert flapping.has_begun(turns)
    assert flapping.record_check(0b101, turned=False, at=62.0, before=61.0, window=1_200.0) == 0b101


def test_a_clock_that_was_set_back_makes_no_change_older() -> None:
    assert (
        flapping.record_check(0b101, turned=False, at=100.0, before=900.0, window=1_200.0) == 0b101
    )
    assert (
        flapping.record_check(0b100, turned=True, at=100.0, before=900.0, window=1_200.0) == 0b101
    )


@pytest.mark.parametrize(
    ("turns", "ended"), [(0, True), (1 << 9, False), (1 << 10, True), (1 << 19, True), (1, False)]
)
def test_half_a_window_without_a_change_ends_it(turns: int, ended: bool) -> None:
    assert flapping.has_ended(turns) is ended


@given(
    turns=st.integers(0, (1 << 20) - 1),
    before=st.floats(0, 1e10),
    pause=st.floats(0, 1e10),
    window=st.floats(20, 3_600),
)
def test_time_alone_never_begins_it_and_always_ends_it(
    turns: int, before: float, pause: float, window: float
) -> None:
    later = flapping.record_check(
        turns, turned=False, at=before + pause, before=before, window=window
    )

    assert 0 <= later < 1 << 20
    assert flapping.share(later) <= flapping.share(turns)
    assert pause < window / 2 or flapping.has_ended(later)


def test_its_words_say_how_often_within_which_time() -> None:
    assert flapping.describe(0b1111, 20.0, "") == "flapping: 4 changes within 20 s"
    assert (
        flapping.describe(0b11111, 3_600.0, "answers 503")
        == "flapping: 5 changes within 60 min; last: answers 503"
    )


@pytest.mark.parametrize(
    ("window", "words"), [(119.0, "119 s"), (120.0, "2 min"), (1_200.0, "20 min"), (None, "60 min")]
)
def test_a_window_is_told_in_minutes_from_two_on(window: float | None, words: str) -> None:
    assert flapping.describe(0b1111, window, "") == f"flapping: 4 changes within {words}"
