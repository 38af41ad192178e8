"""The values of a component's status, their order and their labels."""

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    """The status of a component, or of the whole page.

    `UNKNOWN` means that there is no recent data; it is never a guess in either direction.
    """

    OPERATIONAL = "operational"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def rank(self) -> int:
        """How bad it is: maintenance never masks an outage elsewhere (decision C7)."""
        return _RANKS[self]

    @property
    def works(self) -> bool:
        """Whether a user of the component is served, even if slowly or with a notice."""
        return self in (Status.OPERATIONAL, Status.DEGRADED)


_LABELS = {
    Status.OPERATIONAL: "Operational",
    Status.MAINTENANCE: "Under Maintenance",
    Status.UNKNOWN: "Unknown",
    Status.DEGRADED: "Degraded",
    Status.PARTIAL_OUTAGE: "Partial Outage",
    Status.MAJOR_OUTAGE: "Major Outage",
}
_RANKS = {status: rank for rank, status in enumerate(Status)}


class Verdict(StrEnum):
    """One monitor's judgement of its target from one region."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


UNWELL = frozenset({Status.DEGRADED, Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE})
"""Known to be worse than operational, and not on purpose."""


def worst(statuses: Iterable[Status], default: Status = Status.OPERATIONAL) -> Status:
    """Return the worst of some statuses; `default` when there are none."""
    return max(statuses, key=lambda status: status.rank, default=default)


def status_choices() -> list[tuple[str, str]]:
    return [(status.value, status.label) for status in Status]
