"""The public JSON of `/status` (contract X)."""

from typing import Annotated, NotRequired, TypedDict

from components.dialect_words import STATUSES, CommonStatus
from components.uptime.layers import Policy
from components.values.announcement_kind import AnnouncementKind
from components.values.compact_json import compact_bytes
from components.values.instants import iso
from components.values.json_types import Instant, OneOf
from components.values.severity import Severity
from incidents.workflow import IncidentState
from maintenance.lifecycle import WindowState
from statuspage.renderers.html.numbers import floor_percent
from statuspage.state.joint_uptime import joint_uptime
from statuspage.state.page_state import (
    ComponentView,
    IncidentView,
    PageState,
    UpdateView,
    WindowView,
)


class PublicServiceJson(TypedDict):
    """`uptime_90d` is null with less than an hour of known time; `basis` says what it follows:
    what was measured, what staff declared, or the worse of both."""

    id: str
    name: str
    status: CommonStatus
    label: str
    group: str | None
    description: str
    uptime_90d: float | None
    basis: Annotated[str, OneOf(Policy)]
    updated_at: Instant
    checked_at: Instant | None


class PublicWindowJson(TypedDict):
    id: int
    title: str
    message: str
    state: Annotated[str, OneOf(WindowState)]
    starts_at: Instant
    ends_at: Instant
    components: list[str]
    blocks_api: bool


class PublicUpdateJson(TypedDict):
    status: Annotated[str, OneOf(IncidentState)]
    message: str
    created_at: Instant


class PublicIncidentJson(TypedDict):
    id: int
    title: str
    severity: Annotated[str, OneOf(Severity)]
    status: Annotated[str, OneOf(IncidentState)]
    components: list[str]
    started_at: Instant
    updates: list[PublicUpdateJson]


class PublicAnnouncementJson(TypedDict):
    """What the page announces now; `message` is Markdown, `ends_at` null without an end."""

    id: int
    kind: Annotated[str, OneOf(AnnouncementKind)]
    message: str
    starts_at: Instant
    ends_at: Instant | None


class PublicChildJson(TypedDict):
    """A page below this one; `status` is the worst of what it shows."""

    id: str
    name: str
    status: CommonStatus
    url: str


class PublicGroupJson(TypedDict):
    """`uptime_90d` is the mean of its services that count for the overall status."""

    id: str | None
    name: str
    uptime_90d: float | None


class PublicStatusJson(TypedDict):
    """`uptime_90d` is the mean of the services that count for `overall`."""

    overall: CommonStatus
    overall_label: str
    uptime_90d: float | None
    updated_at: Instant
    checked_at: Instant | None
    services: list[PublicServiceJson]
    groups: list[PublicGroupJson]
    maintenance_windows: list[PublicWindowJson]
    incidents: list[PublicIncidentJson]
    demo: NotRequired[bool]
    pages: NotRequired[list[PublicChildJson]]
    """The pages that this one lists, if there are any."""
    announcements: NotRequired[list[PublicAnnouncementJson]]
    """The newest first, if there are any."""


def public_json(state: PageState) -> bytes:
    """Return the whole body: compact UTF-8, instants in ISO 8601 with a Z."""
    body: PublicStatusJson = {
        "overall": STATUSES[state.status].common,
        "overall_label": state.status.label,
        "uptime_90d": _percent(joint_uptime(state.components)),
        "updated_at": iso(state.built_at),
        "checked_at": iso(state.checked_at) if state.checked_at else None,
        "services": [
            _service(component, group=group.name or None)
            for group in state.groups
            for component in group.components
        ],
        "groups": [
            {
                "id": group.slug or None,
                "name": group.name,
                "uptime_90d": _percent(joint_uptime(group.components)),
            }
            for group in state.groups
            if group.id is not None
        ],
        "maintenance_windows": [_window(window) for window in state.windows],
        "incidents": [_incident(incident) for incident in state.incidents],
    }
    if state.demo:
        body["demo"] = True
    if state.children:
        body["pages"] = [
            {
                "id": child.slug,
                "name": child.name,
                "status": STATUSES[child.status].common,
                "url": child.address,
            }
            for child in state.children
        ]
    if state.announcements:
        body["announcements"] = [
            {
                "id": each.id,
                "kind": each.kind.value,
                "message": each.message,
                "starts_at": iso(each.starts_at),
                "ends_at": iso(each.ends_at) if each.ends_at else None,
            }
            for each in state.announcements
        ]
    return compact_bytes(body)


def _service(component: ComponentView, *, group: str | None) -> PublicServiceJson:
    return {
        "id": component.slug,
        "name": component.name,
        "status": STATUSES[component.status].common,
        "label": component.status.label,
        "group": group,
        "description": component.description,
        "uptime_90d": _percent(component.uptime),
        "basis": component.basis.value,
        "updated_at": iso(component.updated_at),
        "checked_at": iso(component.checked_at) if component.checked_at else None,
    }


def _percent(uptime: float | None) -> float | None:
    """Return the figure that the page prints, so that the two can never disagree."""
    return None if uptime is None else floor_percent(uptime)


def _window(window: WindowView) -> PublicWindowJson:
    return {
        "id": window.id,
        "title": window.title,
        "message": window.message,
        "state": window.state,
        "starts_at": iso(window.starts_at),
        "ends_at": iso(window.ends_at),
        "components": list(window.components),
        "blocks_api": window.blocks_api,
    }


def _incident(incident: IncidentView) -> PublicIncidentJson:
    return {
        "id": incident.id,
        "title": incident.title,
        "severity": incident.severity,
        "status": incident.status,
        "components": list(incident.components),
        "started_at": iso(incident.started_at),
        "updates": [update_json(update) for update in incident.updates],
    }


def update_json(update: UpdateView) -> PublicUpdateJson:
    """Return an update as JSON."""
    return {
        "status": update.status,
        "message": update.message,
        "created_at": iso(update.created_at),
    }
