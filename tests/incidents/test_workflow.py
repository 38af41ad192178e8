"""The states in any order, and the times that go with them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from incidents.workflow import IncidentState, resolution_time, time_errors

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


def test_a_clock_a_little_ahead_is_forgiven() -> None:
    assert time_errors(NOW + timedelta(seconds=30), None, now=NOW) == {}


def test_times_that_cannot_be_are_named() -> None:
    hour = timedelta(hours=1)

    assert "started_at" in time_errors(NOW + hour, None, now=NOW)
    assert "resolved_at" in time_errors(NOW - hour, NOW + hour, now=NOW)
    assert "resolved_at" in time_errors(NOW, NOW - hour, now=NOW)
