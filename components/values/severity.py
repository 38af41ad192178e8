"""How grave an incident, a piece of news or an alert is."""

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
        """What a component is, of which an incident of this severity says nothing else.

        One without severity is information: what it names works, nobody works on it.
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
