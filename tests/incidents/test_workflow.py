"""The states in any order, and the times that go with them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from incidents.workflow import (
    IncidentState,
    publish_at_errors,
    resolution_time,
    state_choices,
    time_errors,
)

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)


@given(states=st.lists(st.sampled_from(list(IncidentState)), max_size=12))
def test_resolved_at_is_there_exactly_while_it_is_resolved(states: list[IncidentState]) -> None:
    """M23: any order; reopening clears `resolved_at`, a second resolve keeps the first."""
    at = since = None
    for step, state in enumerate(states):
        when = NOW + timedelta(minutes=step)
        at = resolution_time(state, at, now=when)
        since = (since or when) if state is IncidentState.RESOLVED else None
        assert at == since


SECOND = timedelta(seconds=1)


def test_a_clock_up_to_a_minute_ahead_is_forgiven() -> None:
    ahead = NOW + timedelta(seconds=60)

    assert time_errors(ahead, None, now=NOW) == {}
    assert time_errors(NOW, ahead, now=NOW) == {}
    assert list(time_errors(ahead + SECOND, None, now=NOW)) == ["started_at"]
    assert list(time_errors(NOW, ahead + SECOND, now=NOW)) == ["resolved_at"]


def test_an_end_may_fall_on_its_start_but_not_before() -> None:
    assert time_errors(NOW, NOW, now=NOW) == {}
    assert list(time_errors(NOW, NOW - SECOND, now=NOW)) == ["resolved_at"]


def test_an_incident_that_goes_on_has_no_end_to_be_wrong_about() -> None:
    assert time_errors(NOW - timedelta(days=400), None, now=NOW) == {}
    assert time_errors(NOW - timedelta(days=400), NOW, now=NOW) == {}


def test_only_a_draft_waits_to_be_published_until_a_time_to_come() -> None:
    assert publish_at_errors(NOW + SECOND, False, now=NOW) == {}
    assert publish_at_errors(None, False, now=NOW) == {}

    for passed in (NOW, NOW - SECOND):
        assert "passed" in publish_at_errors(passed, False, now=NOW)["publish_at"]
    for any_time in (NOW + SECOND, NOW - SECOND, None):
        assert "published" in publish_at_errors(any_time, True, now=NOW)["publish_at"]


def test_the_choices_are_the_states_in_their_usual_order() -> None:
    assert state_choices() == [
        ("investigating", "Investigating"),
        ("identified", "Identified"),
        ("monitoring", "Monitoring"),
        ("resolved", "Resolved"),
    ]
