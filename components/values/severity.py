"""The severity of incidents, notices and alerts."""

from enum import StrEnum

from components.status import Status


class Severity(StrEnum):
    """In rising order; the words that rows are stored with."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def label(self) -> str:
        return self.value.capitalize()

    @property
    def rank(self) -> int:
        return _RANKS[self]

    @property
    def implied(self) -> Status:
        """The status of a component for which an incident of this severity declares none.

        One without severity is information: what it names works, and no one works on it.
        """
        return _IMPLIED[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
_IMPLIED = {
    Severity.NONE: Status.OPERATIONAL,
    Severity.MINOR: Status.DEGRADED,
    Severity.MAJOR: Status.PARTIAL_OUTAGE,
    Severity.CRITICAL: Status.MAJOR_OUTAGE,
}


def severity_choices() -> list[tuple[str, str]]:
    return [(severity.value, severity.label) for severity in Severity]
