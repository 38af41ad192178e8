"""Parsing of the words of every dialect, which `components/dialect_words.py` lists."""

from collections.abc import Mapping
from typing import TypeVar

from components.dialect_words import SEVERITIES, STATUSES
from components.status import Status
from components.values.severity import Severity
from incidents.workflow import IncidentState

W = TypeVar("W")


def read_status(word: str) -> Status:
    """Return the status of any dialect's word or label. Raises ValueError saying what there is."""
    return _read(word, STATUS_WORDS, "a status")


def read_severity(word: str) -> Severity:
    """Return the severity of any dialect's word; `minor` is the stored minor (decision C3)."""
    return _read(word, SEVERITY_WORDS, "a severity")


def read_state(word: str) -> IncidentState:
    """Return the state of an incident for its word."""
    return _read(word, {state.value: state for state in IncidentState}, "a state")


def _read(word: str, known: Mapping[str, W], what: str) -> W:
    normalised = word.strip().lower().replace(" ", "_")
    if normalised not in known:
        raise ValueError(f"“{word[:40]}” is not {what}; write {', '.join(dict.fromkeys(known))}.")
    return known[normalised]


STATUS_WORDS: dict[str, Status] = {
    **{status.label.lower().replace(" ", "_"): status for status in STATUSES},
    **{words.statuspage: status for status, words in STATUSES.items() if status != "unknown"},
    **{status.value: status for status in STATUSES},
}
SEVERITY_WORDS: dict[str, Severity] = {
    **{words.system: Severity(stored) for stored, words in SEVERITIES.items()},
    **{stored: Severity(stored) for stored in SEVERITIES},
}
