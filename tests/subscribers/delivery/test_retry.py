"""Trying again: growing waits, an end after a day, and no second try at what is permanent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.channels.base import Outcome, SendStatus
from subscribers.delivery.retry import (
    DELAYS,
    FAULT_DELAY,
    JITTER,
    MAX_AGE,
    MAX_FAULTS,
    next_attempt_at,
)

LATER = Outcome(SendStatus.TEMPORARY, 451)


def after(*, failed: int = 1, randomness: float = 0.0, wait: float | None = None) -> float:
    """Return the wait after a failure just now, long before the day is over."""
    outcome = Outcome(SendStatus.TEMPORARY, wait=wait)
    due = next_attempt_at(outcome, failed=failed, created=0.0, now=0.0, randomness=randomness)
    assert due is not None
    return due


@pytest.mark.parametrize("fate", [SendStatus.SENT, SendStatus.PERMANENT, SendStatus.GONE])
def test_what_is_decided_is_not_tried_again(fate: SendStatus) -> None:
    assert next_attempt_at(Outcome(fate), failed=1, created=0.0, now=0.0, randomness=0.5) is None


def test_waits_grow_with_each_failure() -> None:
    waits = [
        next_attempt_at(LATER, failed=n, created=0.0, now=0.0, randomness=0.0) for n in range(1, 10)
    ]

    assert waits == [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 21_600]


def test_from_the_last_wait_on_they_stay_as_long() -> None:
    assert after(failed=9) == after(failed=10) == after(failed=500) == 21_600


def test_a_wait_is_stretched_by_up_to_a_quarter() -> None:
    assert after(failed=2, randomness=0.5) == 30 * 1.125
    assert after(failed=2, randomness=1.0) == 30 * 1.25


def test_a_message_that_stops_its_sender_is_tried_three_times_two_seconds_apart() -> None:
    assert (MAX_FAULTS, FAULT_DELAY) == (3, 2.0)


def test_the_other_sides_wish_for_a_longer_wait_is_obeyed() -> None:
    asked = Outcome(SendStatus.TEMPORARY, 429, wait=900.0)

    assert next_attempt_at(asked, failed=1, created=0.0, now=0.0, randomness=0.0) == 900.0
    assert after(wait=3.0) == after(wait=0.0) == after(wait=None) == 5.0


def test_a_wish_is_obeyed_for_a_day_at_most() -> None:
    assert after(wait=20 * MAX_AGE) == MAX_AGE == 86_400


def test_the_last_try_is_at_the_end_of_the_day() -> None:
    def due(*, now: float, wait: float) -> float | None:
        outcome = Outcome(SendStatus.TEMPORARY, wait=wait)
        return next_attempt_at(outcome, failed=1, created=1000.0, now=now, randomness=0.0)

    end = 1000.0 + MAX_AGE
    assert due(now=end - 100, wait=99.0) == end - 1
    assert due(now=end - 100, wait=100.0) == end
    assert due(now=end - 100, wait=101.0) == end
    # Not when it would come at once.
    assert due(now=end - 5.5, wait=900.0) == end
    assert due(now=end - 5.0, wait=900.0) is None
    # A wait that ends with the day is one of the usual ones.
    assert due(now=end - 5.0, wait=0.0) == end
    assert due(now=end + 50.0, wait=900.0) is None


@given(
    failed=st.integers(1, 500),
    age=st.floats(0, 2 * MAX_AGE),
    randomness=st.floats(0, 1),
    wish=st.one_of(st.none(), st.floats(0, 10 * MAX_AGE)),
)
def test_a_try_is_later_than_now_and_within_the_day(
    failed: int, age: float, randomness: float, wish: float | None
) -> None:
    outcome = Outcome(SendStatus.TEMPORARY, wait=wish)

    due = next_attempt_at(
        outcome, failed=failed, created=1000.0, now=1000.0 + age, randomness=randomness
    )

    if due is not None:
        assert 1000.0 + age < due <= 1000.0 + MAX_AGE
        assert wish is not None or due - 1000 - age <= DELAYS[-1] * (1 + JITTER) + 0.001


def test_a_message_that_keeps_failing_is_given_up_after_a_day() -> None:
    now, tries = 0.0, 0
    while (
        due := next_attempt_at(LATER, failed=tries + 1, created=0.0, now=now, randomness=1.0)
    ) is not None:
        now, tries = due, tries + 1

    assert MAX_AGE - DELAYS[0] <= now <= MAX_AGE
    assert 8 <= tries <= 15
