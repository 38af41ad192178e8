"""The one table that maps stored words to those of every API format; nothing else knows them."""

from dataclasses import dataclass
from typing import Annotated

from components.status import Status
from components.values.json_types import OneOf


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
    # None of these dialects has a word for "no recent data"; none of them may hear "fine".
    Status.UNKNOWN: StatusWords("degraded", "degraded_performance", "minor"),
}

SEVERITIES: dict[str, SeverityWords] = {
    "none": SeverityWords("minor", "low", "none"),
    "minor": SeverityWords("minor", "medium", "minor"),
    "major": SeverityWords("major", "high", "major"),
    "critical": SeverityWords("critical", "critical", "critical"),
}

CommonStatus = Annotated[str, OneOf(words.common for words in STATUSES.values())]
StatuspageStatus = Annotated[str, OneOf(words.statuspage for words in STATUSES.values())]
StatuspageIndicator = Annotated[str, OneOf(words.indicator for words in STATUSES.values())]
AdminSeverity = Annotated[str, OneOf(words.admin for words in SEVERITIES.values())]
SystemSeverity = Annotated[str, OneOf(words.system for words in SEVERITIES.values())]
StatuspageImpact = Annotated[str, OneOf(words.statuspage for words in SEVERITIES.values())]
