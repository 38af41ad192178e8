"""Google Cloud's `incidents.json`, which Google Workspace serves as well: a list of incidents.

https://status.cloud.google.com/incidents.schema.json. It is a history: what has no end is open. A
product that no open incident names is operational: the list does not name those, so that a mistaken
name cannot be told.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.status import Status, worst
from monitors.probing.upstream.base import (
    Format,
    Question,
    Reading,
    UnreadableError,
    absolute,
    nested,
    objects,
    parse_json,
    text,
    translated,
)

WORDS = {
    "AVAILABLE": Status.OPERATIONAL,
    "SERVICE_INFORMATION": Status.OPERATIONAL,
    "SERVICE_DISRUPTION": Status.PARTIAL_OUTAGE,
    "SERVICE_OUTAGE": Status.MAJOR_OUTAGE,
}
_HEADING = re.compile(r"^\s*(?:Title|Summary):\s*", re.IGNORECASE)


class GoogleCloudFormat(Format):
    """A component is a product or a location, such as “us-central1”, by its id or its title."""

    name = "gcp"
    default_url = "https://status.cloud.google.com/incidents.json"

    def paths(self, component: str) -> Sequence[str]:
        return ("",)

    def read(self, documents: Sequence[bytes], question: Question) -> Reading:
        listed = parse_json(documents[0])
        if not isinstance(listed, list):
            raise UnreadableError("the answer is not a list of incidents of Google Cloud")
        said = [
            (_status(each), each)
            for each in objects(listed)
            if not each.get("end") and _touches(each, question)
        ]
        status = worst(status for status, _ in said)
        event = next((event for each, event in said if each is status), None)
        if event is None or status is Status.OPERATIONAL:
            return Reading(status)
        link = absolute(question.page, text(event, "uri"))
        return Reading(status, _title(event), link)


def _status(incident: Mapping[str, Any]) -> Status:
    newest = text(nested(incident, "most_recent_update"), "status")
    return translated(WORDS, newest or text(incident, "status_impact"))


def _touches(incident: Mapping[str, Any], question: Question) -> bool:
    return not question.component or question.is_about(*_names(incident))


def _names(incident: Mapping[str, Any]) -> Iterator[str]:
    yield from (text(incident, name) for name in ("service_key", "service_name"))
    places = incident.get("currently_affected_locations")
    for each in (*objects(incident.get("affected_products")), *objects(places)):
        yield from (text(each, name) for name in ("id", "title", "current_title"))


def _title(incident: Mapping[str, Any]) -> str:
    """Return the first line of a description, which is Markdown."""
    lines = text(incident, "external_desc").replace("**", "").splitlines()
    bare = (_HEADING.sub("", line).strip() for line in lines)
    return next(filter(None, bare), "")
