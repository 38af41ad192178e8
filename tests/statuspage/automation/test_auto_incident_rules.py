"""What the machine does and, mostly, what it must not do, as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.status import UNWELL, Status
from statuspage.automation.auto_incident_rules import (
    AlertState,
    Case,
    OwnIncident,
    Step,
    next_alert,
    next_deadline,
    next_step,
)

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DOWN, WELL, SLOW, UNKNOWN = (
    Status.MAJOR_OUTAGE, Status.OPERATIONAL, Status.DEGRADED, Status.UNKNOWN,
)  # fmt: skip
OPEN_OWN = OwnIncident(machine_only=True, resolved_at=None)
NONE, RAISED, MUTED, SUPPRESSED = AlertState


def case(measured: Status = DOWN, *, lasted: timedelta = MINUTE, **fields: Any) -> Case:
    known = measured if measured is not UNKNOWN else DOWN
    return Case(
        measured=measured, last_known=known, since=NOW - lasted, **{"may_open": True, **fields}
    )


@pytest.mark.parametrize(
    ("given_case", "expected"),
    [
        (case(), RAISED),
        (case(SLOW), RAISED),
        (case(UNKNOWN), None),
        (case(UNKNOWN, alert=RAISED), None),
        (case(WELL), None),
        (case(WELL, alert=RAISED), NONE),
        (case(WELL, alert=MUTED), NONE),
        (case(alert=RAISED, alert_status=DOWN), None),
        (case(alert=RAISED, alert_status=SLOW), RAISED),
        (case(SLOW, alert=RAISED, alert_status=DOWN), None),
        (case(by_hand=True), None),
        (case(WELL, by_hand=True, alert=RAISED), NONE),
        (case(covered=True), MUTED),
        (case(covered=True, alert=MUTED), None),
        (case(alert=MUTED), RAISED),
        (case(covered=True, alert=RAISED, alert_status=DOWN), None),
        (case(roots=("Database",)), SUPPRESSED),
        (case(roots=("Database",), alert=SUPPRESSED), None),
        (case(alert=SUPPRESSED), RAISED),
        (case(dependent=True, lasted=timedelta(seconds=9)), None),
        (case(dependent=True, lasted=timedelta(seconds=10)), RAISED),
        (case(lasted=timedelta()), RAISED),
        # Muted is told before suppressed; who waits stays as it was.
        (case(covered=True, roots=("Database",)), MUTED),
        (case(dependent=True, lasted=timedelta(seconds=9), alert=SUPPRESSED), None),
        (case(dependent=True, lasted=timedelta(seconds=9), covered=True), MUTED),
        (case(alert=RAISED, alert_status=DOWN, by_hand=True), None),
        (case(alert=RAISED, alert_status=SLOW, by_hand=True), None),
        (case(SLOW, alert=MUTED), RAISED),
    ],
)
def test_alerts_m26(given_case: Case, expected: AlertState | None) -> None:
    assert next_alert(given_case, now=NOW) is expected


@pytest.mark.parametrize(
    ("given_case", "expected"),
    [
        (case(), Step.OPEN),
        (case(may_open=False), None),
        (case(UNKNOWN), None),
        (case(WELL), None),
        (case(covered=True), None),
        (case(by_hand=True), None),
        (case(has_other_incident=True), None),
        (case(roots=("Database",), roots_have_incident=True), None),
        (case(roots=("Database",)), Step.OPEN),
        (case(opening_delay=2 * MINUTE), None),
        (case(opening_delay=MINUTE), Step.OPEN),
        (case(dependent=True, lasted=timedelta(seconds=9)), None),
        (case(own_incident=OPEN_OWN, declared=DOWN), None),
        (case(own_incident=OPEN_OWN, declared=SLOW), Step.APPEND),
        (case(own_incident=OPEN_OWN, declared=SLOW, opening_delay=2 * MINUTE), None),
        (case(own_incident=OPEN_OWN, declared=SLOW, covered=True), None),
        (case(WELL, own_incident=OPEN_OWN, declared=DOWN), Step.RESOLVE),
        (case(WELL, own_incident=OPEN_OWN, declared=DOWN, closing_delay=2 * MINUTE), None),
        (case(UNKNOWN, own_incident=OPEN_OWN, declared=DOWN), None),
        (
            case(
                WELL,
                own_incident=OwnIncident(machine_only=False, resolved_at=None),
                has_other_incident=True,
            ),
            None,
        ),
        # Delays are over at their end, not after it.
        (case(WELL, own_incident=OPEN_OWN, declared=DOWN, closing_delay=MINUTE), Step.RESOLVE),
        (case(WELL, own_incident=OPEN_OWN, declared=DOWN, opening_delay=2 * MINUTE), Step.RESOLVE),
        (case(own_incident=OPEN_OWN, declared=SLOW, opening_delay=MINUTE), Step.APPEND),
        (case(own_incident=OPEN_OWN, declared=SLOW, closing_delay=2 * MINUTE), Step.APPEND),
        (case(own_incident=OPEN_OWN, declared=SLOW, by_hand=True), None),
        (case(dependent=True, lasted=timedelta(seconds=10)), Step.OPEN),
        (case(lasted=timedelta()), Step.OPEN),
        # Who depends on others waits for the longer of the two.
        (case(dependent=True, opening_delay=MINUTE), Step.OPEN),
        (case(dependent=True, opening_delay=2 * MINUTE), None),
        (
            case(
                dependent=True,
                opening_delay=timedelta(seconds=5),
                lasted=timedelta(seconds=9),
            ),
            None,
        ),
        # What comes back within an hour, to the second, is the same incident.
        (
            case(own_incident=OwnIncident(machine_only=True, resolved_at=NOW - 60 * MINUTE)),
            Step.REOPEN,
        ),
        (
            case(
                own_incident=OwnIncident(
                    machine_only=True, resolved_at=NOW - timedelta(seconds=3601)
                )
            ),
            Step.OPEN,
        ),
        (
            case(WELL, own_incident=OwnIncident(machine_only=True, resolved_at=NOW - MINUTE)),
            None,
        ),
        # An incident of the machine that a person has touched is that person's.
        (
            case(
                WELL,
                own_incident=OwnIncident(machine_only=False, resolved_at=None),
                declared=DOWN,
            ),
            None,
        ),
        (case(roots_have_incident=True), Step.OPEN),
        (case(own_incident=OwnIncident(machine_only=True, resolved_at=NOW - MINUTE)), Step.REOPEN),
        (
            case(own_incident=OwnIncident(machine_only=True, resolved_at=NOW - 61 * MINUTE)),
            Step.OPEN,
        ),
        (case(own_incident=OwnIncident(machine_only=False, resolved_at=NOW - MINUTE)), Step.OPEN),
    ],
)
def test_incidents_m38(given_case: Case, expected: Step | None) -> None:
    assert next_step(given_case, now=NOW) is expected


@pytest.mark.parametrize(
    ("lasted", "opening", "closing", "expected"),
    [
        (0, 0, 0, 10),
        (0, 5, 0, 5),
        (0, 0, 5, 5),
        (0, 60, 30, 10),
        # An instant that has come is not the next one.
        (10, 60, 30, 30),
        (10, 30, 60, 30),
        (9, 60, 30, 10),
        (30, 60, 30, 60),
        (60, 60, 30, None),
        (600, 60, 30, None),
    ],
)
def test_the_next_deadline_is_the_nearest_end_of_a_delay(
    lasted: int, opening: int, closing: int, expected: int | None
) -> None:
    since = NOW - timedelta(seconds=lasted)
    waiting = case(
        lasted=timedelta(seconds=lasted),
        opening_delay=timedelta(seconds=opening),
        closing_delay=timedelta(seconds=closing),
    )

    deadline = next_deadline(waiting, now=NOW)

    assert deadline == (None if expected is None else since + timedelta(seconds=expected))


def test_a_case_of_which_nothing_more_is_known_is_alerted_and_not_published() -> None:
    """Incidents are opened for whom it is asked; nothing stands in an alert's way."""
    plain = Case(measured=DOWN, last_known=DOWN, since=NOW)

    assert next_alert(plain, now=NOW) is RAISED
    assert next_step(plain, now=NOW) is None
    assert next_step(replace(plain, may_open=True), now=NOW) is Step.OPEN


CASES = st.builds(
    Case,
    measured=st.sampled_from([*UNWELL, WELL, UNKNOWN]),
    last_known=st.sampled_from([*UNWELL, WELL]),
    since=st.integers(0, 7200).map(lambda seconds: NOW - timedelta(seconds=seconds)),
    alert=st.sampled_from(AlertState),
    alert_status=st.sampled_from([*UNWELL, WELL]),
    roots=st.sampled_from([(), ("Database",)]),
    roots_have_incident=st.booleans(),
    dependent=st.booleans(),
    covered=st.booleans(),
    by_hand=st.booleans(),
    has_other_incident=st.booleans(),
    may_open=st.booleans(),
    own_incident=st.none()
    | st.builds(
        OwnIncident, machine_only=st.booleans(), resolved_at=st.none() | st.just(NOW - MINUTE)
    ),
    declared=st.sampled_from([*UNWELL, WELL]),
)


@given(CASES)
def test_without_evidence_nothing_ever_happens(some: Case) -> None:
    blind = replace(some, measured=UNKNOWN)

    assert next_alert(blind, now=NOW) is None
    assert next_step(blind, now=NOW) is None


@given(CASES)
def test_what_a_person_has_touched_is_never_continued(some: Case) -> None:
    theirs = replace(
        some,
        own_incident=OwnIncident(machine_only=False, resolved_at=None),
        has_other_incident=True,
    )

    assert next_step(theirs, now=NOW) is None


@given(CASES)
def test_having_acted_the_alert_is_settled(some: Case) -> None:
    state = next_alert(some, now=NOW)
    if state is not None:
        after = replace(some, alert=state, alert_status=some.measured)
        assert next_alert(after, now=NOW) is None


DELAYS = st.sampled_from([timedelta(), timedelta(seconds=30), MINUTE, 5 * MINUTE])


@given(CASES, st.integers(0, 400), DELAYS, DELAYS, st.floats(0.001, 0.999))
def test_until_its_next_time_a_settled_case_stays_settled(
    some: Case, lasted: int, opening: timedelta, closing: timedelta, part: float
) -> None:
    since = NOW - timedelta(seconds=lasted)
    waiting = replace(some, since=since, opening_delay=opening, closing_delay=closing)
    if next_alert(waiting, now=NOW) is None and next_step(waiting, now=NOW) is None:
        until = next_deadline(waiting, now=NOW) or NOW + 10 * MINUTE
        then = NOW + part * (until - NOW)

        assert next_alert(waiting, now=then) is None
        assert next_step(waiting, now=then) is None


def test_what_is_retired_is_alerted_no_more_and_its_own_incident_is_closed() -> None:
    resolved = OwnIncident(machine_only=True, resolved_at=NOW)

    assert next_alert(case(retired=True), now=NOW) is None
    assert next_alert(case(retired=True, alert=RAISED), now=NOW) is NONE
    assert next_step(case(retired=True), now=NOW) is None
    assert next_step(case(retired=True, own_incident=OPEN_OWN), now=NOW) is Step.RESOLVE
    assert next_step(case(retired=True, own_incident=resolved), now=NOW) is None
