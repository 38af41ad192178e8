"""What an incident declared, and for how long (F-T15)."""

from datetime import UTC, datetime, timedelta

from components.status import Status
from incidents.impact_history import Said, impact_periods

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
API, DESK = 1, 2
WEAK, DOWN, UP = Status.DEGRADED, Status.MAJOR_OUTAGE, Status.OPERATIONAL


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def told(
    *updates: Said,
    impacts: dict[int, Status],
    resolved: float | None = None,
    started: float = 0,
) -> dict[int, list[tuple[Status, float, float | None]]]:
    found = impact_periods(
        started_at=at(started),
        resolved_at=None if resolved is None else at(resolved),
        impacts=impacts,
        updates=updates,
    )

    def minutes(instant: datetime | None) -> float | None:
        return None if instant is None else (instant - START).total_seconds() / 60

    return {
        pk: [(each.status, minutes(each.start) or 0.0, minutes(each.end)) for each in periods]
        for pk, periods in found.items()
    }


def test_what_the_first_update_says_holds_from_the_start_and_not_from_when_it_was_posted() -> None:
    first = Said(at(30), False, {API: DOWN})

    assert told(first, impacts={API: DOWN}) == {API: [(DOWN, 0, None)]}
    assert told(Said(at(40), True, {API: DOWN}), impacts={API: DOWN}, resolved=40) == {
        API: [(DOWN, 0, 40)]
    }


def test_later_updates_hold_from_when_they_were_posted() -> None:
    updates = (
        Said(at(2), False, {API: WEAK}),
        Said(at(10), False, {API: DOWN, DESK: WEAK}),
        Said(at(20), False, {DESK: UP}),
        Said(at(30), True, {}),
    )

    assert told(*updates, impacts={API: DOWN, DESK: UP}, resolved=30) == {
        API: [(WEAK, 0, 10), (DOWN, 10, 30)],
        DESK: [(WEAK, 10, 20)],
    }


def test_what_was_edited_without_an_update_replaces_the_last_word() -> None:
    updates = (Said(at(2), False, {API: WEAK}), Said(at(10), False, {API: DOWN}))

    assert told(*updates, impacts={API: WEAK}) == {API: [(WEAK, 0, None)]}
    assert told(*updates, impacts={DESK: DOWN}) == {DESK: [(DOWN, 0, None)]}
    assert told(*updates, impacts={}) == {}


def test_between_a_resolution_and_the_update_that_reopens_it_nothing_is_declared() -> None:
    updates = (
        Said(at(0), False, {API: DOWN}),
        Said(at(10), True, {}),
        Said(at(50), False, {}),
        Said(at(60), True, {}),
    )

    assert told(*updates, impacts={API: DOWN}, resolved=60) == {
        API: [(DOWN, 0, 10), (DOWN, 50, 60)]
    }
    # Opened again by an edit, which posts nothing.
    assert told(*updates[:2], impacts={API: DOWN}) == {API: [(DOWN, 0, None)]}


def test_a_start_that_is_corrected_moves_the_first_word_and_cuts_what_came_before() -> None:
    updates = (Said(at(5), False, {API: WEAK}), Said(at(10), False, {API: DOWN}))

    assert told(*updates, impacts={API: DOWN}, started=-60) == {
        API: [(WEAK, -60, 10), (DOWN, 10, None)]
    }
    assert told(*updates, impacts={API: DOWN}, started=20) == {API: [(DOWN, 20, None)]}


def test_no_period_is_shorter_than_a_second() -> None:
    first = Said(at(0), False, {API: DOWN})

    assert told(first, impacts={API: DOWN}, resolved=0) == {}
    assert told(first, impacts={API: DOWN}, resolved=0.01) == {}
    assert told(impacts={API: UP}) == {}


def test_a_second_is_the_shortest_period() -> None:
    first = Said(at(0), False, {API: DOWN})

    for resolved, expected in ((1 / 60, {API: [(DOWN, 0, 1 / 60)]}), (0.99 / 60, {})):
        assert told(first, impacts={API: DOWN}, resolved=resolved) == expected


def test_an_edit_replaces_the_last_word_from_when_it_was_said() -> None:
    """An update that says nothing of a component is no word about it."""
    only = Said(at(2), False, {API: WEAK})
    silent = Said(at(20), False, {})
    later = Said(at(10), False, {API: UP})

    assert told(only, impacts={API: DOWN}) == {API: [(DOWN, 0, None)]}
    assert told(only, silent, impacts={API: DOWN}) == {API: [(DOWN, 0, None)]}
    assert told(only, later, silent, impacts={API: DOWN}) == {
        API: [(WEAK, 0, 10), (DOWN, 10, None)]
    }


def test_the_same_word_again_goes_on() -> None:
    updates = (
        Said(at(0), False, {API: WEAK}),
        Said(at(10), False, {API: DOWN}),
        Said(at(20), False, {API: DOWN}),
    )

    assert told(*updates, impacts={API: DOWN}) == {API: [(WEAK, 0, 10), (DOWN, 10, None)]}


def test_what_is_said_after_the_end_opens_nothing_again() -> None:
    updates = (
        Said(at(0), False, {API: DOWN}),
        Said(at(10), True, {}),
        Said(at(20), True, {}),
        Said(at(30), False, {}),
        Said(at(40), True, {}),
    )

    assert told(*updates, impacts={API: DOWN}, resolved=40) == {
        API: [(DOWN, 0, 10), (DOWN, 30, 40)]
    }


def test_what_was_resolved_with_its_first_update_may_be_opened_again() -> None:
    updates = (
        Said(at(10), True, {API: DOWN}),
        Said(at(50), False, {}),
        Said(at(60), True, {}),
    )

    assert told(*updates, impacts={API: DOWN}, resolved=60) == {
        API: [(DOWN, 0, 10), (DOWN, 50, 60)]
    }


def test_of_what_was_never_said_the_edit_holds_while_the_incident_was_open() -> None:
    updates = (
        Said(at(0), False, {API: DOWN}),
        Said(at(10), True, {}),
        Said(at(50), False, {}),
        Said(at(55), False, {DESK: WEAK}),
        Said(at(60), True, {}),
    )

    other = 3
    assert told(*updates, impacts={DESK: WEAK, other: DOWN}, resolved=60) == {
        # Nothing was said of it before.
        DESK: [(WEAK, 55, 60)],
        other: [(DOWN, 0, 10), (DOWN, 50, 60)],
    }
