"""The texts of automatic incidents: what is known, and nothing of targets or hosts."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from components.models import Component
from components.rollup import MonitorVote
from components.status import Status, Verdict
from components.values.severity import Severity
from statuspage.automation.auto_incident_rules import Case

_STATES = {
    Status.DEGRADED: "has reduced performance",
    Status.PARTIAL_OUTAGE: "is partly unavailable",
    Status.MAJOR_OUTAGE: "is down",
}


def title(component: Component, status: Status) -> str:
    """Return the incident's title."""
    return f"{component.name} {_STATES[status]}"


def severity(component: Component, status: Status) -> Severity:
    """Return the severity of a component's status; a critical one that is down is critical."""
    if status is Status.MAJOR_OUTAGE:
        return Severity.CRITICAL if component.critical else Severity.MAJOR
    return Severity.MAJOR if status is Status.PARTIAL_OUTAGE else Severity.MINOR


def opened(
    component: Component, status: Status, since: datetime, votes: Sequence[MonitorVote]
) -> str:
    """Return the first update."""
    return (
        f"{component.name} {_STATES[status]} since {_clock(since)}. {evidence(votes)}"
        " This was found by our monitoring; we are looking into it."
    )


def changed(component: Component, status: Status, votes: Sequence[MonitorVote]) -> str:
    """Return the update for another status."""
    return f"{component.name} now {_STATES[status]}. {evidence(votes)}"


def ended(component: Component, case: Case) -> str:
    """Return the last update."""
    if case.retired:
        return f"{component.name} has been retired; it is no longer part of this page."
    return f"{component.name} has been working again since {_clock(case.since)}."


def evidence(votes: Sequence[MonitorVote]) -> str:
    """Return how many checks fail or are slow, without their names: those are internal."""
    counted = Counter(vote.verdict for vote in votes)
    failing = counted[Verdict.DOWN]
    slow = counted[Verdict.DEGRADED]
    total = len(votes)
    checks = "The check" if total == 1 else f"{failing or slow} of {total} checks"
    if failing:
        return f"{checks} {'fails' if max(total, failing) == 1 or failing == 1 else 'fail'}."
    return f"{checks} {'reports' if total == 1 or slow == 1 else 'report'} trouble."


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M} UTC"
