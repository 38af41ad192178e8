"""The states of a window: what people may do with it, and what time does, to the second."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maintenance.lifecycle import (
    Impact,
    WindowState,
    due_state,
    impact_choices,
    may_transition,
    publish_at_error,
    state_choices,
)

START = datetime(2026, 11, 21, 2, tzinfo=UTC)
END = START + timedelta(hours=2)
SECOND = timedelta(seconds=1)
DRAFT, SCHEDULED, IN_PROGRESS, COMPLETED, CANCELLED = WindowState


def at(now: datetime, state: WindowState = SCHEDULED) -> WindowState:
    return due_state(state, starts_at=START, ends_at=END, now=now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (START - SECOND, SCHEDULED),
        (START, IN_PROGRESS),
        (END - SECOND, IN_PROGRESS),
        (END, COMPLETED),
        (END + timedelta(days=9), COMPLETED),
    ],
)
def test_a_window_lasts_from_its_start_up_to_but_not_including_its_end(
    now: datetime, expected: WindowState
) -> None:
    assert at(now) is expected


def test_a_window_that_was_started_early_goes_on_until_its_end() -> None:
    assert at(START - SECOND, IN_PROGRESS) is IN_PROGRESS
    assert at(END, IN_PROGRESS) is COMPLETED


@pytest.mark.parametrize("state", [COMPLETED, CANCELLED])
@pytest.mark.parametrize("now", [START - SECOND, START, END])
def test_time_never_leaves_a_final_state(state: WindowState, now: datetime) -> None:
    assert state.is_final
    assert at(now, state) is state


@pytest.mark.parametrize("now", [START - SECOND, START, END])
def test_time_never_publishes_a_draft(now: datetime) -> None:
    assert not DRAFT.is_final
    assert at(now, DRAFT) is DRAFT


def test_what_is_not_over_is_not_final() -> None:
    assert not SCHEDULED.is_final
    assert not IN_PROGRESS.is_final


def test_people_start_complete_and_cancel_and_reopen_nothing() -> None:
    allowed = {pair for pair in product(WindowState, repeat=2) if may_transition(*pair)}

    assert allowed == {
        (DRAFT, SCHEDULED),
        (SCHEDULED, IN_PROGRESS),
        (SCHEDULED, CANCELLED),
        (IN_PROGRESS, COMPLETED),
        (IN_PROGRESS, CANCELLED),
    }


def test_choices_are_labelled_for_people() -> None:
    assert state_choices() == [
        ("draft", "Draft"),
        ("scheduled", "Scheduled"),
        ("in_progress", "In progress"),
        ("completed", "Completed"),
        ("cancelled", "Cancelled"),
    ]
    assert impact_choices() == [
        ("none", "None"),
        ("minimal", "Minimal"),
        ("partial", "Partial"),
        ("major", "Major"),
    ]
    assert [impact.label for impact in Impact] == [label for _, label in impact_choices()]


@given(st.sampled_from(WindowState), st.integers(-7200, 14_400), st.integers(0, 14_400))
def test_looking_in_between_changes_nothing(state: WindowState, first: int, later: int) -> None:
    one, other = START + first * SECOND, START + (first + later) * SECOND

    assert at(other, at(one, state)) is at(other, state)


def test_only_a_draft_waits_to_be_published_and_no_longer_than_its_window_lasts() -> None:
    def error(publish_at: datetime, *, is_draft: bool = True) -> str:
        return publish_at_error(publish_at, is_draft=is_draft, ends_at=END, now=START)

    assert error(START + SECOND) == error(END - SECOND) == ""
    assert "passed" in error(START)
    assert "over by then" in error(END)
    assert "is published" in error(START + SECOND, is_draft=False)
