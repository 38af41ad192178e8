"""The shape that Statuspage webhooks have, for receivers that were written for those.

A message is about an incident (maintenance too is one there) or about a component, never both;
receivers distinguish them by the key `incident` or `component_update`.
"""

from typing import Any

from components.dialect_words import SEVERITIES, STATUSES
from components.languages.words import ENGLISH, Words
from components.markup.parser import parse
from components.markup.plain import write_plain
from components.status import Status
from components.values.public_ids import public_id
from subscribers.channels.formats.alert import is_alert
from subscribers.channels.formats.wording import plain, status_label
from subscribers.message import Change, Facts, PastUpdate

_UPDATE_STATES = {"cancelled": "completed"}
"""A state that Statuspage has not."""
_WITHOUT_UPDATE = ("incident.withdrawn", "maintenance.cancelled")
"""What may be told without an update of its own."""
_WINDOW_STATES = {
    "started": "in_progress", "ended": "completed", "cancelled": "completed",
}  # fmt: skip


def body(facts: Facts, *, unsubscribe_url: str, words: Words = ENGLISH) -> dict[str, Any]:
    overall = facts.overall if facts.overall in set(Status) else Status.OPERATIONAL
    payload: dict[str, Any] = {
        "meta": {"unsubscribe": unsubscribe_url, "documentation": facts.url},
        "page": {
            "id": public_id("page", "main"),
            "status_indicator": STATUSES[Status(overall)].indicator,
            "status_description": facts.overall_message or status_label(overall),
        },
    }
    if facts.event == "component.retired" or (
        facts.event == "component.status_changed" and facts.changes
    ):
        return {**payload, **_component(facts)}
    return {**payload, "incident": _incident(facts, words)}


def _component(facts: Facts) -> dict[str, Any]:
    gone = Change(name=facts.headline, status=Status.UNKNOWN.value)
    change = facts.changes[0] if facts.changes else gone
    pk = change.component_id or facts.subject_id
    component = public_id("component", pk)
    status = _component_status(change.status)
    return {
        "component_update": {
            "created_at": facts.at,
            "new_status": status,
            "old_status": _component_status(change.old_status or change.status),
            "id": public_id("component_update", f"{pk} {facts.at}"),
            "component_id": component,
        },
        "component": {
            "created_at": change.created_at or facts.at,
            "id": component,
            "name": change.name,
            "status": status,
        },
    }


def _incident(facts: Facts, words: Words) -> dict[str, Any]:
    window = facts.event.startswith("maintenance.")
    status = _status(facts, window=window)
    incident = public_id("window" if window else "incident", facts.subject_id)
    updates = _updates(facts, incident, status, words)
    resolved = status in ("resolved", "completed")
    report = facts.event == "postmortem.published"
    watched = [each["created_at"] for each in updates if each["status"] == "monitoring"]
    return {
        "backfilled": False,
        "created_at": facts.created_at or facts.at,
        "impact": "maintenance" if window else _impact(facts.severity),
        "impact_override": None,
        "monitoring_at": watched[0] if watched else None,
        "postmortem_body": write_plain(parse(facts.message)) if report else None,
        "postmortem_body_last_updated_at": facts.at if report else None,
        "postmortem_ignored": False,
        "postmortem_notified_subscribers": report,
        "postmortem_notified_twitter": False,
        "postmortem_published_at": facts.at if report else None,
        "resolved_at": _resolved_at(facts, resolved=resolved, report=report),
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
        "incident_updates": updates,
        "name": facts.headline,
    }


def _body(facts: Facts, message: str, words: Words) -> str:
    """Return the text of an update; all that is known of an alert, for which there is no room."""
    if is_alert(facts):
        return plain(facts, words)
    # Where it is the one that this tells of, it may be in words of ours.
    told = facts.our_text("message", words) if message == facts.message else message
    return write_plain(parse(told)) or plain(facts, words)


def _status(facts: Facts, *, window: bool) -> str:
    if window:
        return _WINDOW_STATES.get(facts.event.rpartition(".")[2], facts.state)
    if facts.state == "withdrawn":
        return "resolved"
    return "postmortem" if facts.event == "postmortem.published" else (
        facts.state or "investigating"
    )  # fmt: skip


def _resolved_at(facts: Facts, *, resolved: bool, report: bool) -> str | None:
    ends = [each.at for each in facts.updates if each.status == "resolved"]
    if report:
        return ends[0] if ends else None
    return (ends[0] if ends else facts.at) if resolved else None


def _updates(facts: Facts, parent: str, status: str, words: Words) -> list[dict[str, Any]]:
    """Return all updates, newest first, by the ids that they have in `/api/v2`."""
    told = facts.updates
    if not told or (facts.event in _WITHOUT_UPDATE and told[0].message != facts.message):
        told = (PastUpdate(-1, status, facts.message, facts.at), *told)
    return [
        {
            "body": _body(facts, each.message, words),
            "created_at": each.at,
            "display_at": each.at,
            "status": _UPDATE_STATES.get(each.status, each.status),
            "twitter_updated_at": None,
            "updated_at": each.at,
            "wants_twitter_update": False,
            "id": public_id(
                "update",
                f"{parent}:{each.id}"
                if each.id >= 0
                else f"{facts.event} {facts.subject_id} {facts.at}",
            ),
            "incident_id": parent,
        }
        for each in told
    ]


def _component_status(stored: str) -> str:
    return STATUSES[Status(stored)].statuspage if stored in set(Status) else stored


def _impact(severity: str) -> str:
    return SEVERITIES[severity].statuspage if severity in SEVERITIES else "none"
