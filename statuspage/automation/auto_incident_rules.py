"""What the machine does about a component that is not well: pure decisions, the clock an argument.

Alerts (for operators) and incidents (for the public) are decided apart, from one `Case`:

- without fresh evidence nothing happens: unknown is neither down nor well again;
- what a maintenance window covers is muted, and raised when that is over and it is still down;
- what depends on something broken is suppressed by it: one alert, and one incident, per root
  cause. Because a dependant may be found out before its root, it waits a moment for that;
- what a person has set by hand, or has an open incident about, is in that person's hands;
- a component that comes and goes reopens its last incident instead of collecting new ones.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from components.status import UNWELL, Status

SETTLE = timedelta(seconds=10)
"""How long something that depends on others waits for one of them to be found broken."""
REOPEN_WITHIN = timedelta(hours=1)
"""How long after its end the machine's incident is still the same story."""


class AlertState(StrEnum):
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
class Own:
    """The last incident that the machine opened for a component."""

    machine_only: bool
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """One component, as the machine sees it at one instant."""

    measured: Status
    """What its monitors say now."""
    known: Status
    """What they said when they last knew anything."""
    since: datetime
    """When `known` began."""
    alert: AlertState = AlertState.NONE
    alert_status: Status = Status.OPERATIONAL
    """The worst that was raised."""
    roots: tuple[str, ...] = ()
    """Names of the broken things it depends on, nearest first."""
    roots_are_told: bool = False
    """Whether there is, or will be, an incident about one of them."""
    dependent: bool = False
    covered: bool = False
    by_hand: bool = False
    """A person has set its status."""
    in_hand: bool = False
    """An open incident of a person's affects it."""
    opens: bool = False
    """Whether the machine may open incidents for it."""
    opening_delay: timedelta = timedelta()
    closing_delay: timedelta = timedelta()
    own: Own | None = None
    said: Status = Status.OPERATIONAL
    """What the machine's open incident says of it."""


def next_alert(case: Case, *, now: datetime) -> AlertState | None:
    """The state that the alert moves to now; None to leave it. Raised again: it got worse."""
    if case.measured is Status.UNKNOWN or (case.measured in UNWELL and case.by_hand):
        return None
    if case.alert is AlertState.RAISED and case.measured in UNWELL:
        return AlertState.RAISED if case.measured.rank > case.alert_status.rank else None
    wanted = _wanted(case, now=now)
    return None if wanted is case.alert else wanted


def _wanted(case: Case, *, now: datetime) -> AlertState:
    """The state that an alert which nobody has heard of yet should be in."""
    if case.measured not in UNWELL:
        return AlertState.NONE
    if case.covered:
        return AlertState.MUTED
    if case.roots:
        return AlertState.SUPPRESSED
    waits = case.dependent and now - case.since < SETTLE
    return case.alert if waits else AlertState.RAISED


def next_step(case: Case, *, now: datetime) -> Step | None:
    """What to do about the incident now; None for nothing."""
    if case.measured is Status.UNKNOWN:
        return None
    own = case.own if case.own is not None and case.own.machine_only else None
    lasted = now - case.since
    if own is not None and own.resolved_at is None:
        if case.measured not in UNWELL:
            return Step.RESOLVE if lasted >= case.closing_delay else None
        changed = case.measured is not case.said and lasted >= case.opening_delay
        return Step.APPEND if changed and not (case.covered or case.by_hand) else None
    held_back = (
        case.covered
        or case.by_hand
        or case.in_hand
        or (case.roots and case.roots_are_told)
        or not case.opens
        or case.measured not in UNWELL
    )
    wait = max(case.opening_delay, SETTLE) if case.dependent else case.opening_delay
    if held_back or lasted < wait:
        return None
    recently = own is not None and own.resolved_at and now - own.resolved_at <= REOPEN_WITHIN
    return Step.REOPEN if recently else Step.OPEN


def next_time(case: Case, *, now: datetime) -> datetime | None:
    """The next instant at which a delay of this case ends; None when none is running."""
    ends = (
        case.since + delay
        for delay in (
            SETTLE,
            case.opening_delay,
            case.closing_delay,
        )
    )
    return min((end for end in ends if end > now), default=None)
