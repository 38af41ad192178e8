"""Amazon's list of current events, in UTF-16; the former `data.json` has it under `current`.

https://health.aws.amazon.com/public/currentevents. A service or region that no event names is
operational: the list does not name those, so that a mistaken name cannot be told.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.status import Status, worst
from monitors.probing.upstream.base import (
    MAX_OBJECTS,
    Format,
    Question,
    Reading,
    UnreadableError,
    nested,
    objects,
    parse_json,
    text,
    translated,
)

WORDS = {
    "0": Status.OPERATIONAL,
    "1": Status.OPERATIONAL,
    "2": Status.DEGRADED,
    "3": Status.MAJOR_OUTAGE,
}
"""Resolved, for information, degraded, disrupted: strings here, numbers there."""
_PAGE = "https://health.aws.amazon.com/health/status"
_Said = tuple[Status, Mapping[str, Any]]


class AmazonFormat(Format):
    """A component is a region (“eu-west-1”), a service (“ec2-eu-west-1”), or a service's name."""

    name = "aws"
    default_url = "https://health.aws.amazon.com/public/currentevents"

    def paths(self, component: str) -> Sequence[str]:
        return ("",)

    def read(self, documents: Sequence[bytes], question: Question) -> Reading:
        listed = parse_json(documents[0])
        if isinstance(listed, dict):
            listed = listed.get("current")
        if not isinstance(listed, list):
            raise UnreadableError("the answer is not a list of events of Amazon")
        said = [each for event in objects(listed) for each in _said(event, question)]
        status = worst(status for status, _ in said)
        event = next((event for each, event in said if each is status), None)
        if event is None or status is Status.OPERATIONAL:
            return Reading(status)
        parts = (text(event, "service_name"), text(event, "region_name"), text(event, "summary"))
        return Reading(status, ": ".join(filter(None, parts)), _PAGE)


def _said(event: Mapping[str, Any], question: Question) -> Iterator[_Said]:
    own = (text(event, "service"), text(event, "service_name"), text(event, "region_name"))
    if not question.component or question.is_about(*own, _region(event)):
        yield translated(WORDS, text(event, "status")), event
        return
    for key, service in list(nested(event, "impacted_services").items())[:MAX_OBJECTS]:
        if isinstance(service, dict) and question.is_about(key, text(service, "service_name")):
            current = text(service, "current") or text(event, "status")
            yield translated(WORDS, current), event


def _region(event: Mapping[str, Any]) -> str:
    """Return the region of an event by its ARN: `arn:aws:health:REGION::event/…`."""
    parts = text(event, "arn").split(":")
    return parts[3] if len(parts) > 3 else ""
