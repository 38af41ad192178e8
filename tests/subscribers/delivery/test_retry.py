"""Trying again: growing waits, an end after a day, and no second try at what is permanent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.channels.base import Outcome, SendStatus
from subscribers.delivery.retry import (
    DELAYS,
    JITTER,
    MAX_AGE,
    next_attempt_at,
)

LATER = Outcome(SendStatus.TEMPORARY, 451)


@pytest.mark.parametrize("fate", [SendStatus.SENT, SendStatus.PERMANENT, SendStatus.GONE])
def test_what_is_decided_is_not_tried_again(fate: SendStatus) -> None:
    assert next_attempt_at(Outcome(fate), failed=1, created=0.0, now=0.0, randomness=0.5) is None


def test_waits_grow_with_each_failure() -> None:
    waits = [
        next_attempt_at(LATER, failed=n, created=0.0, now=0.0, randomness=0.0) for n in range(1, 10)
    ]

    assert waits == list(DELAYS)


def test_the_other_sides_wish_for_a_longer_wait_is_obeyed() -> None:
    asked = Outcome(SendStatus.TEMPORARY, 429, wait=900.0)

    assert next_attempt_at(asked, failed=1, created=0.0, now=0.0, randomness=0.0) == 900.0


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
