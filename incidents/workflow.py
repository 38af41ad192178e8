"""The states an incident goes through and how grave it is."""

from enum import StrEnum


class IncidentState(StrEnum):
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class Severity(StrEnum):
    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def label(self) -> str:
        return self.value.capitalize()


def state_choices() -> list[tuple[str, str]]:
    return [(state.value, state.label) for state in IncidentState]


def severity_choices() -> list[tuple[str, str]]:
    return [(severity.value, severity.label) for severity in Severity]
