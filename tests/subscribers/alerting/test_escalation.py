"""When each step of a route is due, by table and by property; the clock is an argument."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.values.severity import Severity
from subscribers.alerting.escalation import (
    ALL_DAYS,
    Hours,
    Route,
    Step,
    next_step,
    plan,
    reminder_number,
)

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
"""A Friday."""
OFFICE = Hours("Europe/Berlin", frozenset({1, 2, 3, 4, 5}), time(9), time(17))
"""08:00 to 16:00 UTC in winter."""
NIGHT = Hours("UTC", frozenset({5}), time(22), time(6))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def steps(*minutes: int) -> tuple[Step, ...]:
    return tuple(Step(each, each, timedelta(minutes=each)) for each in minutes)


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
    assert route.matches(component_id=5, groups=(2, None), severity=Severity.MAJOR) is taken


@pytest.mark.parametrize(
    ("hours", "instant", "start"),
    [
        (OFFICE, "2026-11-27T08:00", "2026-11-27T08:00"),
        (OFFICE, "2026-11-27T15:59", "2026-11-27T15:59"),
        (OFFICE, "2026-11-27T16:00", "2026-11-30T08:00"),
        (OFFICE, "2026-11-28T12:00", "2026-11-30T08:00"),
        (OFFICE, "2026-11-27T07:59", "2026-11-27T08:00"),
        # In summer Berlin is an hour further ahead.
        (OFFICE, "2026-07-03T15:00", "2026-07-06T07:00"),
        # The night between two zone offsets: the clock decides, not the hours since.
        (OFFICE, "2026-10-23T20:00", "2026-10-26T08:00"),
        (NIGHT, "2026-11-27T21:59", "2026-11-27T22:00"),
        (NIGHT, "2026-11-28T05:59", "2026-11-28T05:59"),
        (NIGHT, "2026-11-28T06:00", "2026-12-04T22:00"),
        (Hours(days=frozenset({6})), "2026-11-27T12:00", "2026-11-28T00:00"),
        # None at all: an alert that waits for ever is lost.
        (Hours(days=frozenset()), "2026-11-27T12:00", "2026-11-27T12:00"),
        (Hours(), "2026-11-27T12:00", "2026-11-27T12:00"),
    ],
)
def test_hours_begin_when_the_clock_of_their_zone_says(
    hours: Hours, instant: str, start: str
) -> None:
    assert hours.next_start(at(instant)) == at(start)


@pytest.mark.parametrize(
    ("severity", "raised", "due"),
    [
        # In hours, and what does not wait at any time.
        (Severity.MINOR, "2026-11-27T12:00", ["2026-11-27T12:00", "2026-11-27T12:10"]),
        (Severity.MAJOR, "2026-11-28T03:00", ["2026-11-28T03:00", "2026-11-28T03:10"]),
        (Severity.CRITICAL, "2026-11-28T03:00", ["2026-11-28T03:00", "2026-11-28T03:10"]),
        # Outside them minor waits, and its minutes count from their start.
        (Severity.MINOR, "2026-11-28T03:00", ["2026-11-30T08:00", "2026-11-30T08:10"]),
        # A step that would fall outside them waits too.
        (Severity.MINOR, "2026-11-27T15:55", ["2026-11-27T15:55", "2026-11-30T08:00"]),
    ],
)
def test_the_steps_of_an_alert(severity: Severity, raised: str, due: list[str]) -> None:
    route = Route(1, steps=steps(0, 10), hours=OFFICE)

    planned = plan([route], severity=severity, raised_at=at(raised))

    assert [each.at for each in planned] == [at(each) for each in due]
    assert next_step(planned, planned[0]) == planned[1]
    assert next_step(planned, planned[1]) is None


@pytest.mark.parametrize("waiting", [[], list(Severity)])
def test_which_severities_wait_is_a_field(waiting: list[Severity]) -> None:
    route = Route(1, steps=steps(0), hours=OFFICE, waiting=frozenset(waiting))

    for severity in Severity:
        (only,) = plan([route], severity=severity, raised_at=at("2026-11-28T03:00"))
        assert (only.at > at("2026-11-28T03:00")) is bool(waiting)


@given(
    days=st.frozensets(st.integers(1, 7)),
    start=st.none() | st.times(),
    end=st.none() | st.times(),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia"]),
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_no_alert_waits_for_more_than_a_week_and_a_day_or_begins_early(
    days: frozenset[int], start: time | None, end: time | None, zone: str, moment: datetime
) -> None:
    hours = Hours(zone, days, start, end)

    begins = hours.next_start(moment)

    assert timedelta() <= begins - moment <= timedelta(days=9)
    assert begins == moment or hours.covers(begins)


@given(minutes=st.integers(1, 10_000), seconds=st.integers(0, 10**7))
def test_reminders_come_at_their_pace_and_never_early(minutes: int, seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    number = reminder_number(
        Route(1, remind_minutes=minutes), severity=Severity.MAJOR, raised_at=NOW, now=now
    )

    assert number * minutes * 60 <= seconds < (number + 1) * minutes * 60


@pytest.mark.parametrize(
    ("severity", "now", "number"),
    [
        (Severity.MINOR, "2026-11-27T17:00", 0),
        (Severity.MINOR, "2026-11-30T07:59", 0),
        (Severity.MINOR, "2026-11-30T08:30", 137),
        (Severity.MAJOR, "2026-11-27T17:00", 10),
    ],
)
def test_what_waits_is_not_reminded_of_outside_the_hours(
    severity: Severity, now: str, number: int
) -> None:
    route = Route(1, hours=OFFICE, remind_minutes=30)

    got = reminder_number(route, severity=severity, raised_at=NOW, now=at(now))

    assert got == number


def test_without_a_pace_there_are_none() -> None:
    late = NOW + timedelta(days=9)
    assert reminder_number(Route(1), severity=Severity.MAJOR, raised_at=NOW, now=late) == 0
    assert {1, 7} <= ALL_DAYS
