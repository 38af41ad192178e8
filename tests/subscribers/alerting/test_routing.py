"""Which route takes an alert, and when a reminder is due: by table and by property."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.values.severity import Severity
from subscribers.alerting.routing import Route, channels_of, reminder_number

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("route", "taken"),
    [
        (Route(1), True),
        (Route(1, component_ids=frozenset({5})), True),
        (Route(1, component_ids=frozenset({6})), False),
        (Route(1, group_ids=frozenset({2})), True),
        (Route(1, group_ids=frozenset({3})), False),
        (Route(1, component_ids=frozenset({6}), group_ids=frozenset({2})), True),
        (Route(1, min_severity=Severity.MAJOR), True),
        (Route(1, min_severity=Severity.CRITICAL), False),
    ],
)
def test_a_route_takes_what_it_names(route: Route, taken: bool) -> None:
    assert route.matches(component_id=5, group_id=2, severity=Severity.MAJOR) is taken


def test_a_channel_of_two_routes_is_told_once() -> None:
    assert channels_of([Route(1, channel_ids=(4, 2)), Route(2, channel_ids=(2,))]) == [2, 4]


@given(minutes=st.integers(1, 10_000), seconds=st.integers(0, 10**7))
def test_reminders_come_at_their_pace_and_never_early(minutes: int, seconds: int) -> None:
    number = reminder_number(NOW, minutes=minutes, now=NOW + timedelta(seconds=seconds))

    assert number * minutes * 60 <= seconds < (number + 1) * minutes * 60


def test_without_a_pace_there_are_none() -> None:
    assert reminder_number(NOW, minutes=0, now=NOW + timedelta(days=9)) == 0
