"""The one table that translates stored words into every dialect's; nothing else knows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from components.status import Status
from incidents.workflow import IncidentState, Severity

W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class StatusWords:
    common: str
    """In X, T and M."""
    statuspage: str
    """Of a component in S."""
    indicator: str
    """Of the page in S when this is its worst."""


@dataclass(frozen=True, slots=True)
class SeverityWords:
    admin: str
    """In M."""
    system: str
    """In T."""
    statuspage: str
    """The impact in S."""


STATUSES: dict[Status, StatusWords] = {
    Status.OPERATIONAL: StatusWords("operational", "operational", "none"),
    Status.DEGRADED: StatusWords("degraded", "degraded_performance", "minor"),
    Status.PARTIAL_OUTAGE: StatusWords("partial_outage", "partial_outage", "major"),
    Status.MAJOR_OUTAGE: StatusWords("major_outage", "major_outage", "critical"),
    Status.MAINTENANCE: StatusWords("maintenance", "under_maintenance", "none"),
    # None of these dialects has a word for "no fresh evidence"; none of them may hear "fine".
    Status.UNKNOWN: StatusWords("degraded", "degraded_performance", "minor"),
}

SEVERITIES: dict[str, SeverityWords] = {
    "none": SeverityWords("minor", "low", "none"),
    "minor": SeverityWords("minor", "medium", "minor"),
    "major": SeverityWords("major", "high", "major"),
    "critical": SeverityWords("critical", "critical", "critical"),
}


def read_status(word: str) -> Status:
    """The stored status for any dialect's word or label. Raises ValueError saying what there is."""
    return _read(word, _STATUS_WORDS, "a status")


def read_severity(word: str) -> Severity:
    """The stored severity for any dialect's word; `minor` is the stored minor (decision C3)."""
    return _read(word, _SEVERITY_WORDS, "a severity")


def read_state(word: str) -> IncidentState:
    """The state of an incident for its word."""
    return _read(word, {state.value: state for state in IncidentState}, "a state")


def _read(word: str, known: Mapping[str, W], what: str) -> W:
    plain = word.strip().lower().replace(" ", "_")
    if plain not in known:
        raise ValueError(f"“{word[:40]}” is not {what}; write {', '.join(dict.fromkeys(known))}.")
    return known[plain]


_STATUS_WORDS: dict[str, Status] = {
    **{status.label.lower().replace(" ", "_"): status for status in STATUSES},
    **{words.statuspage: status for status, words in STATUSES.items() if status != "unknown"},
    **{status.value: status for status in STATUSES},
}
_SEVERITY_WORDS: dict[str, Severity] = {
    **{words.system: Severity(stored) for stored, words in SEVERITIES.items()},
    **{stored: Severity(stored) for stored in SEVERITIES},
}
