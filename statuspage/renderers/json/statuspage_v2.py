"""The public JSON that existing status-page tools already read (contract S).

All of it is rendered when the page is, so every address is ready-made bytes.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from components.values.compact_json import compact_bytes
from maintenance.lifecycle import WindowState
from statuspage.renderers.json.statuspage_v2_objects import (
    Objects,
    V2ComponentJson,
    V2IncidentJson,
    V2PageJson,
    V2StatusJson,
    V2WindowJson,
)
from statuspage.state.page_state import PageState, WindowView

NEWEST = 50
PREFIX = "/api/v2/"
PATHS = frozenset(
    PREFIX + path
    for path in (
        *("summary.json", "status.json", "components.json"),
        *("incidents.json", "incidents/unresolved.json", "scheduled-maintenances.json"),
        *("scheduled-maintenances/upcoming.json", "scheduled-maintenances/active.json"),
    )
)
_TO_COME = (WindowState.SCHEDULED, WindowState.IN_PROGRESS)


class V2SummaryJson(TypedDict):
    page: V2PageJson
    components: list[V2ComponentJson]
    incidents: list[V2IncidentJson]
    scheduled_maintenances: list[V2WindowJson]
    status: V2StatusJson


class V2PageStatusJson(TypedDict):
    page: V2PageJson
    status: V2StatusJson


class V2ComponentsJson(TypedDict):
    page: V2PageJson
    components: list[V2ComponentJson]


class V2IncidentsJson(TypedDict):
    page: V2PageJson
    incidents: list[V2IncidentJson]


class V2WindowsJson(TypedDict):
    page: V2PageJson
    scheduled_maintenances: list[V2WindowJson]


def statuspage_v2(state: PageState) -> dict[str, bytes]:
    """Return every body of this dialect, by its path."""
    objects = Objects(state)
    page, status, components = objects.page(), objects.status(), objects.components()
    unresolved = [objects.incident(each) for each in state.incidents]
    open_windows = [each for each in state.windows if each.state in _TO_COME]
    summary: V2SummaryJson = {
        "page": page,
        "components": components,
        "incidents": unresolved,
        "scheduled_maintenances": [objects.window(each) for each in open_windows],
        "status": status,
    }
    overall: V2PageStatusJson = {"page": page, "status": status}
    listed: V2ComponentsJson = {"page": page, "components": components}
    bodies: dict[str, Mapping[str, Any]] = {
        "summary.json": summary,
        "status.json": overall,
        "components.json": listed,
        **_incidents(state, objects, unresolved),
        **_windows(state, objects, open_windows),
    }
    return {PREFIX + path: compact_bytes(body) for path, body in bodies.items()}


def _incidents(
    state: PageState, objects: Objects, unresolved: list[V2IncidentJson]
) -> dict[str, V2IncidentsJson]:
    known = (*state.incidents, *state.past_incidents, *state.older_incidents)
    newest = [objects.incident(each) for each in _newest(known, "started_at")]
    page = objects.page()
    return {
        "incidents.json": {"page": page, "incidents": newest},
        "incidents/unresolved.json": {"page": page, "incidents": unresolved},
    }


def _windows(
    state: PageState, objects: Objects, open_windows: list[WindowView]
) -> dict[str, V2WindowsJson]:
    past = (*state.past_windows, *state.older_windows)
    completed = [each for each in past if each.state == WindowState.COMPLETED]
    windows = {
        "scheduled-maintenances.json": _newest((*open_windows, *completed), "starts_at"),
        "scheduled-maintenances/upcoming.json": _in_state(open_windows, WindowState.SCHEDULED),
        "scheduled-maintenances/active.json": _in_state(open_windows, WindowState.IN_PROGRESS),
    }
    return {
        path: {
            "page": objects.page(),
            "scheduled_maintenances": [objects.window(each) for each in chosen],
        }
        for path, chosen in windows.items()
    }


def _in_state(windows: Iterable[WindowView], state: WindowState) -> list[WindowView]:
    return [window for window in windows if window.state == state][:NEWEST]


def _newest(views: Iterable[Any], key: str) -> list[Any]:
    return sorted(views, key=lambda view: getattr(view, key), reverse=True)[:NEWEST]
