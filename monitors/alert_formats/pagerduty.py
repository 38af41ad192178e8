"""Incidents of PagerDuty: its webhooks of version 3.

Format: developer.pagerduty.com/docs/webhooks-overview, `{"event": {event_type, data}}`. Events
that are not about an incident's state, such as notes and pings, are no news.
"""

from typing import Any

from monitors.alert_formats.base import (
    AlertFormatError,
    fingerprint_of,
    read_id,
    read_instant,
    read_object,
    read_text,
    read_word,
)
from monitors.rules.incoming_alert import IncomingAlert

_FIRING, _RESOLVED = ("triggered", "acknowledged"), "resolved"


def parse(body: Any) -> list[IncomingAlert]:
    """Return the incident of one event. Raises AlertFormatError naming the field."""
    event = read_object(read_object(body, "").get("event"), "event")
    kind = read_word(event.get("event_type"), "event.event_type")
    incident = read_object(event.get("data"), "event.data")
    if not kind.startswith("incident.") or incident.get("type") != "incident":
        return []
    status = incident.get("status")
    if status not in (*_FIRING, _RESOLVED):
        raise AlertFormatError(
            "event.data.status", "Send “triggered”, “acknowledged” or “resolved”."
        )
    place = "event.data"
    service = read_object(incident.get("service") or {}, f"{place}.service")
    priority = read_object(incident.get("priority") or {}, f"{place}.priority")
    urgency = read_text(incident.get("urgency"), f"{place}.urgency")
    title = read_text(incident.get("title"), f"{place}.title")
    labels = {
        "alertname": title,
        "service": read_text(service.get("summary"), f"{place}.service.summary"),
        "priority": read_text(priority.get("summary"), f"{place}.priority.summary"),
        "urgency": urgency,
    }
    resolved = status == _RESOLVED
    at = read_instant(event.get("occurred_at"), "event.occurred_at")
    return [
        IncomingAlert(
            fingerprint=fingerprint_of(read_id(incident.get("id"), f"{place}.id"), {}),
            name=title,
            firing=not resolved,
            reason=title,
            severity=urgency.lower(),
            labels={name: text for name, text in labels.items() if text},
            started_at=read_instant(incident.get("created_at"), f"{place}.created_at"),
            ends_at=at if resolved else None,
        )
    ]
