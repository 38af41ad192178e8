"""PagerDuty's webhooks of version 3: incidents that are open, resolved, and other events."""

from typing import Any

import pytest

from monitors.alert_formats.base import AlertFormatError
from monitors.alert_formats.pagerduty import parse

INCIDENT = {
    "id": "PGR0VU2", "type": "incident", "status": "triggered", "title": "A little bump",
    "created_at": "2026-11-30T12:00:00Z", "urgency": "high",
    "service": {"summary": "Shop"}, "priority": {"summary": "P1"},
}  # fmt: skip


def event(kind: str = "incident.triggered", **fields: Any) -> dict[str, Any]:
    return {
        "event": {"event_type": kind, "occurred_at": "2026-11-30T12:05:00Z",
                  "data": {**INCIDENT, **fields}},
    }  # fmt: skip


def test_an_incident_fires_until_it_is_resolved() -> None:
    (opened,) = parse(event())
    (seen,) = parse(event("incident.acknowledged", status="acknowledged"))
    (closed,) = parse(event("incident.resolved", status="resolved"))

    assert [each.firing for each in (opened, seen, closed)] == [True, True, False]
    assert {each.fingerprint for each in (opened, seen, closed)} == {"PGR0VU2"}
    assert (opened.reason, opened.severity, opened.ends_at) == ("A little bump", "high", None)
    assert closed.ends_at is not None
    assert opened.started_at == closed.ends_at - 300
    assert opened.labels["service"] == "Shop"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("pagey.ping", {"type": "ping"}), ("incident.annotated", {"type": "incident_note"})],
)
def test_what_is_not_about_an_incidents_state_is_no_news(kind: str, fields: Any) -> None:
    assert parse(event(kind, **fields)) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "event"),
        ({"event": {}}, "event.event_type"),
        ({"event": {"event_type": "incident.triggered"}}, "event.data"),
        (event(status="gone"), "event.data.status"),
        (event(id=None), "event.data.id"),
        (event(service="Shop"), "event.data.service"),
        (event(created_at="noon"), "event.data.created_at"),
    ],
    ids=range(7),
)
def test_p01_what_is_not_of_the_format_is_refused_naming_the_field(body: Any, field: str) -> None:
    with pytest.raises(AlertFormatError) as refused:
        parse(body)

    assert refused.value.field == field
