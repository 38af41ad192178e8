"""Instatus' public documents: one of the page and what is going on, one of its components.

What is empty is left out; components come as a list, or
as a list inside an object.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from components.status import Status, worst
from monitors.probing.upstream.base import (
    Format,
    Question,
    Reading,
    UnreadableError,
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
    "OPERATIONAL": Status.OPERATIONAL,
    "DEGRADEDPERFORMANCE": Status.DEGRADED,
    "MINOROUTAGE": Status.PARTIAL_OUTAGE,
    "PARTIALOUTAGE": Status.PARTIAL_OUTAGE,
    "MAJOROUTAGE": Status.MAJOR_OUTAGE,
    "UNDERMAINTENANCE": Status.MAINTENANCE,
    "UP": Status.OPERATIONAL,
    "HASISSUES": Status.DEGRADED,
}
"""The last two are of the page; what its issues are is told by the incidents."""


class InstatusFormat(Format):
    """The page is as bad as its open incidents; a component has a word of its own."""

    name = "instatus"

    def paths(self, component: str) -> Sequence[str]:
        return ("v3/summary.json", "v3/components.json") if component else ("v3/summary.json",)

    def read(self, documents: Sequence[bytes], question: Question) -> Reading:
        summary = as_object(parse_json(documents[0]), "a summary of Instatus")
        page = translated(WORDS, text(nested(summary, "page"), "status"))
        incidents = objects(summary.get("activeIncidents"))
        if question.component:
            status = of_component(_said(parse_json(documents[1]), question), question)
        elif page is Status.DEGRADED:
            status = _worst_impact(incidents)
        else:
            status = page
        events = incidents
        if status is Status.MAINTENANCE:
            events = [
                each
                for each in objects(summary.get("activeMaintenances"))
                if text(each, "status") != "NOTSTARTEDYET"
            ]
        return reading(status, _reason(events, status), title="name", link="url")


def _said(value: Any, question: Question) -> Iterator[Status]:
    listed = value.get("components") if isinstance(value, dict) else value
    if not isinstance(listed, list):
        raise UnreadableError("the answer is not a list of components of Instatus")
    for each in objects(listed):
        for one in (each, *objects(each.get("children"))):
            if question.is_about(text(one, "id"), text(one, "name")):
                yield translated(WORDS, text(one, "status"))


def _worst_impact(incidents: Iterable[Mapping[str, Any]]) -> Status:
    impacts = [text(each, "impact") for each in incidents]
    found = worst(translated(WORDS, impact) for impact in impacts if impact)
    return Status.DEGRADED if found is Status.OPERATIONAL else found


def _reason(events: Sequence[Mapping[str, Any]], status: Status) -> Mapping[str, Any] | None:
    """Return the event with this impact; else the first. They do not tell their components."""
    of_it = [each for each in events if WORDS.get(text(each, "impact")) is status]
    return next(iter([*of_it, *events]), None)
