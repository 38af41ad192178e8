"""Statuspage's summary (version 2), which many others serve as well, this product among them.

https://support.atlassian.com/statuspage/docs/what-are-the-different-apis-under-statuspage/. Others
leave lists out, or have null in their place.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from components.status import Status
from monitors.probing.upstream.base import (
    Format,
    Question,
    Reading,
    as_object,
    nested,
    objects,
    of_component,
    parse_json,
    reading,
    text,
    translated,
)

WORDS = {
    "operational": Status.OPERATIONAL,
    "degraded_performance": Status.DEGRADED,
    "partial_outage": Status.PARTIAL_OUTAGE,
    "major_outage": Status.MAJOR_OUTAGE,
    "full_outage": Status.MAJOR_OUTAGE,
    "under_maintenance": Status.MAINTENANCE,
}
INDICATORS = {
    "none": Status.OPERATIONAL,
    "minor": Status.DEGRADED,
    "major": Status.PARTIAL_OUTAGE,
    "critical": Status.MAJOR_OUTAGE,
    "maintenance": Status.MAINTENANCE,
}
_IN_PROGRESS = frozenset({"in_progress", "verifying"})
_OVER = frozenset({"resolved", "postmortem", "completed"})


class StatuspageFormat(Format):
    """One document says all; a group is a component that says the worst of its members."""

    name = "statuspage"

    def paths(self, component: str) -> Sequence[str]:
        return ("api/v2/summary.json",)

    def read(self, documents: Sequence[bytes], question: Question) -> Reading:
        summary = as_object(parse_json(documents[0]), "a summary of Statuspage")
        windows = [
            each
            for each in objects(summary.get("scheduled_maintenances"))
            if text(each, "status") in _IN_PROGRESS
        ]
        incidents = [
            each for each in objects(summary.get("incidents")) if text(each, "status") not in _OVER
        ]
        components = objects(summary.get("components"))
        if question.component:
            status = of_component(
                (
                    translated(WORDS, text(each, "status"))
                    for each in components
                    if question.is_about(text(each, "id"), text(each, "name"))
                ),
                question,
            )
        else:
            status = _overall(summary, windows)
        events = windows if status is Status.MAINTENANCE else incidents
        return reading(status, _reason(events, question), title="name", link="shortlink")


def _overall(summary: Mapping[str, Any], windows: Sequence[Mapping[str, Any]]) -> Status:
    """Return the page's own status; one that has no word for maintenance tells it by windows."""
    status = translated(INDICATORS, text(nested(summary, "status"), "indicator"))
    return Status.MAINTENANCE if status is Status.OPERATIONAL and windows else status


def _reason(events: Iterable[Mapping[str, Any]], question: Question) -> Mapping[str, Any] | None:
    """Return the event that names the component; else the first that names none at all."""
    unnamed = None
    for event in events:
        named = objects(event.get("components"))
        if not question.component or any(
            question.is_about(text(each, "id"), text(each, "name")) for each in named
        ):
            return event
        if not named:
            unnamed = unnamed or event
    return unnamed
