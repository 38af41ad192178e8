"""The shape that Statuspage webhooks have, for receivers that were written for those.

A message is about an incident (maintenance too is one there) or about a component, never both;
receivers distinguish them by the key `incident` or `component_update`.
"""

from typing import Any

from components.dialect_words import SEVERITIES, STATUSES
from components.markup.parser import parse
from components.markup.plain import write_plain
from components.status import Status
from components.values.public_ids import public_id
from subscribers.channels.formats.alert import is_alert
from subscribers.channels.formats.wording import plain, status_label
from subscribers.message import Facts

_WINDOW_STATES = {
    "started": "in_progress", "ended": "completed", "cancelled": "completed",
}  # fmt: skip


def body(facts: Facts, *, unsubscribe_url: str) -> dict[str, Any]:
    overall = facts.overall if facts.overall in set(Status) else Status.OPERATIONAL
    payload: dict[str, Any] = {
        "meta": {"unsubscribe": unsubscribe_url, "documentation": facts.url},
        "page": {
            "id": public_id("page", "main"),
            "status_indicator": STATUSES[Status(overall)].indicator,
            "status_description": facts.overall_message or status_label(overall),
        },
    }
    if facts.event == "component.status_changed" and facts.changes:
        return {**payload, **_component(facts)}
    return {**payload, "incident": _incident(facts)}


def _component(facts: Facts) -> dict[str, Any]:
    change = facts.changes[0]
    component = public_id("component", facts.subject_id)
    status = _component_status(change.status)
    return {
        "component_update": {
            "created_at": facts.at,
            "new_status": status,
            "old_status": _component_status(change.old_status or change.status),
            "id": public_id("component_update", f"{facts.subject_id} {facts.at}"),
            "component_id": component,
        },
        "component": {
            "created_at": facts.at,
            "id": component,
            "name": change.name,
            "status": status,
        },
    }


def _incident(facts: Facts) -> dict[str, Any]:
    window = facts.event.startswith("maintenance.")
    status = _WINDOW_STATES.get(facts.event.rpartition(".")[2], facts.state) if window else (
        "resolved" if facts.state == "withdrawn" else facts.state or "investigating"
    )  # fmt: skip
    incident = public_id("window" if window else "incident", facts.subject_id)
    return {
        "backfilled": False,
        "created_at": facts.at,
        "impact": "maintenance" if window else _impact(facts.severity),
        "impact_override": None,
        "monitoring_at": facts.at if status == "monitoring" else None,
        "postmortem_body": None,
        "postmortem_body_last_updated_at": None,
        "postmortem_ignored": False,
        "postmortem_notified_subscribers": False,
        "postmortem_notified_twitter": False,
        "postmortem_published_at": None,
        "resolved_at": facts.at if status in ("resolved", "completed") else None,
        "scheduled_auto_transition": window,
        "scheduled_for": facts.starts_at or None,
        "scheduled_remind_prior": False,
        "scheduled_reminded_at": None,
        "scheduled_until": facts.ends_at or None,
        "shortlink": facts.url,
        "status": status,
        "updated_at": facts.at,
        "id": incident,
        "organization_id": public_id("page", "organization"),
        "incident_updates": [
            {
                "body": _body(facts),
                "created_at": facts.at,
                "display_at": facts.at,
                "status": status,
                "twitter_updated_at": None,
                "updated_at": facts.at,
                "wants_twitter_update": False,
                "id": public_id("update", f"{facts.event} {facts.subject_id} {facts.at}"),
                "incident_id": incident,
            }
        ],
        "name": facts.headline,
    }


def _body(facts: Facts) -> str:
    """Return the text of an update; all that is known of an alert, for which there is no room."""
    return plain(facts) if is_alert(facts) else write_plain(parse(facts.message)) or plain(facts)


def _component_status(stored: str) -> str:
    return STATUSES[Status(stored)].statuspage if stored in set(Status) else stored


def _impact(severity: str) -> str:
    return SEVERITIES[severity].statuspage if severity in SEVERITIES else "none"
