"""Turns journal entries into the events that viewers receive (contract L03)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from components.dialect_words import SEVERITIES, STATUSES
from components.journal.event_types import SNAPSHOT, event_type, registered
from components.models import JournalEntry
from components.status import Status
from components.values.compact_json import compact
from components.values.instants import iso
from statuspage.renderers.json.status_admin import status_api
from statuspage.state.page_state import PageState


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One event, encoded once for all viewers. `id` is the journal's sequence number."""

    id: int
    name: str
    data: str
    sse: bytes = field(init=False)
    frame: str = field(init=False)
    """The same event as a WebSocket text frame."""
    then: "LiveEvent | None" = None
    """What is sent in one with it, under the same number."""

    @property
    def frames(self) -> tuple[str, ...]:
        """All of its text frames, in order."""
        return (self.frame, *(self.then.frames if self.then else ()))

    def __post_init__(self) -> None:
        sse = f"id: {self.id}\nevent: {self.name}\ndata: {self.data}\n\n".encode()
        sse += self.then.sse if self.then else b""
        object.__setattr__(self, "sse", sse)
        frame = f'{{"id":{self.id},"event":"{self.name}","data":{self.data}}}'
        object.__setattr__(self, "frame", frame)


def snapshot_event(state: PageState) -> LiveEvent:
    """Return the event that carries the whole state."""
    return LiveEvent(state.version, SNAPSHOT, compact(status_api(state)))


def overall_event(number: int, state: PageState) -> LiveEvent:
    """Return the event that says how a page is by now."""
    data = {"status": STATUSES[state.status].common, "message": state.status.label}
    return LiveEvent(number, "status.global_changed", compact(data))


def _component(data: dict[str, Any], state: PageState) -> dict[str, Any] | None:
    by_id = {component.id: component for component in state.components}
    component = by_id.get(data["component_id"])
    if component is None:
        return None  # hidden since: its past is hidden with it
    return {
        "component_id": component.id,
        "slug": component.slug,
        "name": component.name,
        "old_status": _status_word(data["old_status"]),
        "status": _status_word(data["status"]),
    }


def _status_word(stored: str) -> str:
    return STATUSES[Status(stored)].common


def _overall(data: dict[str, Any], state: PageState) -> dict[str, Any]:
    return {"status": _status_word(data["status"]), "message": Status(data["status"]).label}


def _names(data: dict[str, Any], state: PageState) -> list[str]:
    names = {component.id: component.name for component in state.nameable}
    return [names[pk] for pk in data["component_ids"] if pk in names]


def _incident_created(data: dict[str, Any], state: PageState) -> dict[str, Any]:
    return {
        "id": data["incident_id"],
        "title": data["title"],
        "severity": SEVERITIES[data["severity"]].admin,
        "status": data["status"],
        "components": _names(data, state),
    }


def _incident_updated(data: dict[str, Any], state: PageState) -> dict[str, Any]:
    return {"id": data["incident_id"], "status": data["status"], "message": data["message"]}


def _incident_resolved(data: dict[str, Any], state: PageState) -> dict[str, Any]:
    return {"id": data["incident_id"], "title": data["title"]}


def _incident_withdrawn(data: dict[str, Any], state: PageState) -> dict[str, Any]:
    return {"id": data["incident_id"]}


def _window(data: dict[str, Any], state: PageState) -> dict[str, Any]:
    return {
        "id": data["window_id"],
        "title": data["title"],
        "state": data["state"],
        "starts_at": iso(datetime.fromisoformat(data["starts_at"])),
        "ends_at": iso(datetime.fromisoformat(data["ends_at"])),
        "components": _names(data, state),
        "impact": data.get("impact", ""),
        "blocks_api": data.get("blocks_api", False),
        "message": data.get("message", ""),
    }


_DataBuilder = Callable[[dict[str, Any], PageState], dict[str, Any] | None]
_DATA_BUILDERS: dict[str, _DataBuilder] = {
    "status.component_changed": _component,
    "status.global_changed": _overall,
    "status.incident_created": _incident_created,
    "status.incident_updated": _incident_updated,
    "status.incident_resolved": _incident_resolved,
    "status.incident_withdrawn": _incident_withdrawn,
    "status.maintenance_scheduled": _window,
    "status.maintenance_started": _window,
    "status.maintenance_updated": _window,
    "status.maintenance_ended": _window,
    "status.maintenance_cancelled": _window,
}
"""What makes the data of each live event besides SNAPSHOT; None where there is nothing to send."""


def live_kinds() -> list[str]:
    """Return the names of the event types that become live events."""
    return [kind.name for kind in registered() if kind.live]


def live_event(entry: JournalEntry, state: PageState) -> LiveEvent | None:
    """Return the live event of an entry, given what the public may see now; None for nothing."""
    kind = event_type(entry.kind)
    if not kind.live or not (entry.public or kind.live_if_hidden):
        return None
    if kind.live == SNAPSHOT:
        return LiveEvent(entry.id, SNAPSHOT, compact(status_api(state)))
    data = _DATA_BUILDERS[kind.live](entry.data, state)
    return None if data is None else LiveEvent(entry.id, kind.live, compact(data))
