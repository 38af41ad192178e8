"""What automation does about a component that is not well: pure decisions, the clock an argument.

Alerts (for operators) and incidents (for the public) are decided apart, from one `Case`:

- without fresh evidence nothing happens: unknown is neither down nor well again;
- what a maintenance window covers is muted, and raised when that is over and it is still down;
- what depends on something broken is suppressed by it: one alert, and one incident, per root
  cause. Because a dependant may be found out before its root, it waits a moment for that;
- what a person has set by hand, or has an open incident about, is in that person's hands;
- what is retired is let go: its alert is closed, its own incident resolved;
- a component that comes and goes reopens its last incident instead of collecting new ones.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from components.status import UNWELL, Status

SETTLE_TIME = timedelta(seconds=10)
"""How long something that depends on others waits for one of them to be found broken."""
REOPEN_WITHIN = timedelta(hours=1)
"""How long after its end the machine's incident is still the same one."""


class AlertState(StrEnum):
    """The states of a component's alert."""

    NONE = ""
    RAISED = "raised"
    MUTED = "muted"
    SUPPRESSED = "suppressed"


class Step(StrEnum):
    """What to do about the incident."""

    OPEN = "open"
    REOPEN = "reopen"
    APPEND = "append"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class OwnIncident:
    """The last incident that the machine opened for a component."""

    machine_only: bool
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """One component, as the machine sees it at one instant."""

    measured: Status
    """What its monitors report now."""
    last_known: Status
    """What they reported when they last knew anything."""
    since: datetime
    """When `last_known` began."""
    alert: AlertState = AlertState.NONE
    alert_status: Status = Status.OPERATIONAL
    """The worst that was raised."""
    roots: tuple[str, ...] = ()
    """Names of the broken things it depends on, nearest first."""
    roots_have_incident: bool = False
    """Whether there is, or will be, an incident about one of them."""
    dependent: bool = False
    covered: bool = False
    retired: bool = False
    by_hand: bool = False
    """A person has set its status."""
    has_other_incident: bool = False
    """An open incident of a person's affects it."""
    may_open: bool = False
    """Whether the machine may open incidents for it."""
    opening_delay: timedelta = timedelta()
    closing_delay: timedelta = timedelta()
    own_incident: OwnIncident | None = None
    declared: Status = Status.OPERATIONAL
    """What the machine's open incident declares of it."""


def next_alert(case: Case, *, now: datetime) -> AlertState | None:
    """Return the state that the alert moves to now; None to leave it. Raised again: it is worse."""
    if case.retired:
        return None if case.alert is AlertState.NONE else AlertState.NONE
    if case.measured is Status.UNKNOWN or (case.measured in UNWELL and case.by_hand):
        return None
    if case.alert is AlertState.RAISED and case.measured in UNWELL:
        return AlertState.RAISED if case.measured.rank > case.alert_status.rank else None
    target = _unraised_state(case, now=now)
    return None if target is case.alert else target


def _unraised_state(case: Case, *, now: datetime) -> AlertState:
    """Return the state that an alert which has not been raised yet should be in."""
    if case.measured not in UNWELL:
        return AlertState.NONE
    if case.covered:
        return AlertState.MUTED
    if case.roots:
        return AlertState.SUPPRESSED
    waits = case.dependent and now - case.since < SETTLE_TIME
    return case.alert if waits else AlertState.RAISED


def next_step(case: Case, *, now: datetime) -> Step | None:
    """Return what to do about the incident now; None for nothing."""
    own = case.own_incident
    if own is not None and not own.machine_only:
        own = None
    if case.retired:
        return Step.RESOLVE if own is not None and own.resolved_at is None else None
    if case.measured is Status.UNKNOWN:
        return None
    lasted = now - case.since
    if own is not None and own.resolved_at is None:
        if case.measured not in UNWELL:
            return Step.RESOLVE if lasted >= case.closing_delay else None
        changed = case.measured is not case.declared and lasted >= case.opening_delay
        return Step.APPEND if changed and not (case.covered or case.by_hand) else None
    held_back = (
        case.covered
        or case.by_hand
        or case.has_other_incident
        or (case.roots and case.roots_have_incident)
        or not case.may_open
        or case.measured not in UNWELL
    )
    wait = max(case.opening_delay, SETTLE_TIME) if case.dependent else case.opening_delay
    if held_back or lasted < wait:
        return None
    recently = own is not None and own.resolved_at and now - own.resolved_at <= REOPEN_WITHIN
    return Step.REOPEN if recently else Step.OPEN


def next_deadline(case: Case, *, now: datetime) -> datetime | None:
    """Return the next instant at which a delay of this case ends; None when none is running."""
    ends = (
        case.since + delay
        for delay in (
            SETTLE_TIME,
            case.opening_delay,
            case.closing_delay,
        )
    )
    return min((end for end in ends if end > now), default=None)
