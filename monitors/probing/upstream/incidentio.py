"""incident.io's summary, the document of its widgets: what is going on, and nothing else.

A component of which nothing is said is
operational: the document does not list those, so that a mistaken name cannot be told. Pages of
incident.io serve the format of Statuspage too, which can.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.status import Status, worst
from monitors.probing.upstream.base import (
    Format,
    Question,
    Reading,
    UnreadableError,
    as_object,
    objects,
    parse_json,
    reading,
    text,
    translated,
)

WORDS = {
    "operational": Status.OPERATIONAL,
    "degraded_performance": Status.DEGRADED,
    "partial_outage": Status.PARTIAL_OUTAGE,
    "full_outage": Status.MAJOR_OUTAGE,
    "under_maintenance": Status.MAINTENANCE,
}
_Said = tuple[Status, Mapping[str, Any]]


class IncidentIoFormat(Format):
    """Incidents that are open and maintenances that are under way, each with its components."""

    name = "incidentio"

    def paths(self, component: str) -> Sequence[str]:
        return ("api/v1/summary",)

    def read(self, documents: Sequence[bytes], question: Question) -> Reading:
        summary = as_object(parse_json(documents[0]), "a summary of incident.io")
        if "ongoing_incidents" not in summary:
            raise UnreadableError("the answer is not a summary of incident.io")
        said = [*_incidents(summary, question), *_maintenances(summary, question)]
        status = worst(status for status, _ in said)
        event = next((event for each, event in said if each is status), None)
        return reading(status, event, title="name", link="url")


def _incidents(summary: Mapping[str, Any], question: Question) -> Iterator[_Said]:
    for incident in objects(summary.get("ongoing_incidents")):
        impact = text(incident, "current_worst_impact") or "degraded_performance"
        if not question.component:
            yield translated(WORDS, impact), incident
            continue
        for each in _named(incident, question):
            yield translated(WORDS, text(each, "current_status") or impact), incident


def _maintenances(summary: Mapping[str, Any], question: Question) -> Iterator[_Said]:
    for window in objects(summary.get("in_progress_maintenances")):
        if not question.component or _named(window, question):
            yield Status.MAINTENANCE, window


def _named(event: Mapping[str, Any], question: Question) -> list[Mapping[str, Any]]:
    return [
        each
        for each in objects(event.get("affected_components"))
        if question.is_about(text(each, "id"), text(each, "name"))
    ]
