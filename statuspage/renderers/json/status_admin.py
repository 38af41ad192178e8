"""The object of `/status/api` and of the stream's `status.snapshot` (contract M40)."""

from typing import Any

from components.dialect_words import SEVERITIES, STATUSES
from components.values.instants import iso
from statuspage.state.page_state import IncidentView, PageState, WindowView


def status_api(state: PageState) -> dict[str, Any]:
    """Exactly the keys of M40, as values that JSON has; a list is never null.

    `global_message` is the label, like the message of `status.global_changed`: whoever replays
    the stream must end with what a fresh answer says. A window that has begun stays listed until
    it is over, since this dialect has no other place for it.
    """
    return {
        "global_status": STATUSES[state.status].common,
        "global_message": state.status.label,
        "updated_at": iso(state.built_at),
        "components": [
            {
                "id": component.id,
                "name": component.name,
                "status": STATUSES[component.status].common,
            }
            for component in state.components
        ],
        "active_incidents": [_incident(incident) for incident in state.incidents],
        "upcoming_maintenance": [_window(window) for window in state.windows],
    }


def _incident(incident: IncidentView) -> dict[str, Any]:
    latest = incident.updates[0] if incident.updates else None
    severity = SEVERITIES.get(incident.severity)
    return {
        "id": incident.id,
        "title": incident.title,
        "severity": severity.admin if severity else incident.severity,
        "status": incident.status,
        "components": list(incident.components),
        "created_at": iso(incident.started_at),
        "latest_update": latest
        and {
            "status": latest.status,
            "message": latest.message,
            "created_at": iso(latest.created_at),
        },
    }


def _window(window: WindowView) -> dict[str, Any]:
    return {
        "id": window.id,
        "title": window.title,
        "starts_at": iso(window.starts_at),
        "ends_at": iso(window.ends_at),
        "components": list(window.components),
    }
