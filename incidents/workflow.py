"""The states an incident goes through, and the rules of its times."""

from datetime import datetime, timedelta
from enum import StrEnum

CLOCK_TOLERANCE = timedelta(minutes=1)
"""How far ahead of ours a caller's clock may be."""


class IncidentState(StrEnum):
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"

    @property
    def label(self) -> str:
        return self.value.capitalize()


def resolution_time(
    status: IncidentState, resolved_at: datetime | None, *, now: datetime
) -> datetime | None:
    """Return `resolved_at` for an incident in `status`: set on resolving, cleared on reopening."""
    if status is not IncidentState.RESOLVED:
        return None
    return resolved_at or now


def time_errors(
    started_at: datetime, resolved_at: datetime | None, *, now: datetime
) -> dict[str, str]:
    """Return what is wrong with an incident's times, by field; {} when nothing is."""
    if started_at > now + CLOCK_TOLERANCE:
        return {"started_at": "It cannot have begun in the future."}
    if resolved_at is not None and resolved_at > now + CLOCK_TOLERANCE:
        return {"resolved_at": "It cannot have been resolved in the future."}
    if resolved_at is not None and resolved_at < started_at:
        return {"resolved_at": "The end must not lie before the start."}
    return {}


def publish_at_errors(
    publish_at: datetime | None, published: bool, *, now: datetime
) -> dict[str, str]:
    """Return why it cannot wait to be published until `publish_at`, by field; {} when it can."""
    if published:
        return {"publish_at": "It is published: only a draft has one."}
    if publish_at is not None and publish_at <= now:
        return {"publish_at": "That has passed. Publish the draft, or choose a time to come."}
    return {}


def state_choices() -> list[tuple[str, str]]:
    return [(state.value, state.label) for state in IncidentState]
