"""The object of `/status/api` and of the stream's `status.snapshot` (contract M40)."""

from typing import Annotated, TypedDict

from components.dialect_words import SEVERITIES, STATUSES, AdminSeverity, CommonStatus
from components.values.instants import iso
from components.values.json_types import Instant, OneOf
from incidents.workflow import IncidentState
from statuspage.renderers.json.public import PublicUpdateJson, update_json
from statuspage.state.page_state import IncidentView, PageState, WindowView


class SnapshotComponentJson(TypedDict):
    id: int
    name: str
    status: CommonStatus


class SnapshotIncidentJson(TypedDict):
    id: int
    title: str
    severity: AdminSeverity
    status: Annotated[str, OneOf(IncidentState)]
    components: list[str]
    created_at: Instant
    latest_update: PublicUpdateJson | None


class SnapshotWindowJson(TypedDict):
    id: int
    title: str
    starts_at: Instant
    ends_at: Instant
    components: list[str]


class StatusSnapshotJson(TypedDict):
    """What `/status/api` answers, and the stream begins with."""

    global_status: CommonStatus
    global_message: str
    updated_at: Instant
    components: list[SnapshotComponentJson]
    active_incidents: list[SnapshotIncidentJson]
    upcoming_maintenance: list[SnapshotWindowJson]


def status_api(state: PageState) -> StatusSnapshotJson:
    """Return exactly the keys of M40, as values that JSON has; a list is never null.

    `global_message` is the label, like the message of `status.global_changed`: a client that
    replays the stream must end with what a fresh response says. A window that has begun stays
    listed until it is over, since this dialect has no other place for it.
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


def _incident(incident: IncidentView) -> SnapshotIncidentJson:
    latest = incident.updates[0] if incident.updates else None
    severity = SEVERITIES.get(incident.severity)
    return {
        "id": incident.id,
        "title": incident.title,
        "severity": severity.admin if severity else incident.severity,
        "status": incident.status,
        "components": list(incident.components),
        "created_at": iso(incident.started_at),
        "latest_update": update_json(latest) if latest else None,
    }


def _window(window: WindowView) -> SnapshotWindowJson:
    return {
        "id": window.id,
        "title": window.title,
        "starts_at": iso(window.starts_at),
        "ends_at": iso(window.ends_at),
        "components": list(window.components),
    }
