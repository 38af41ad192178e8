"""What the reading tools tell: public data of the published page, and nothing else."""

import json
from typing import Any

from components.values.instants import iso
from statuspage.mcp.calls import CallError
from statuspage.publishing.archive import parse_path
from statuspage.publishing.documents import Document
from statuspage.publishing.snapshot import published_state
from statuspage.renderers.json.public import public_json
from statuspage.renderers.scope import link
from statuspage.state.page_state import IncidentView, PageState, UpdateView, WindowView
from statuspage.state.selection import shown_on

_LISTS = ("services", "maintenance_windows", "incidents")


def page_of(slug: str) -> PageState:
    """Return what a page shows; '' is `main`. Raises CallError."""
    state = published_state()
    if state is None:
        raise CallError("No page is published yet. Try again in a moment.")
    if not slug:
        return state
    face = next((each for each in state.faces if each.slug == slug), None)
    if face is None:
        raise CallError(f"There is no page {slug} any more.")
    return shown_on(state, face)


def status(state: PageState) -> dict[str, Any]:
    """Return the overall status, and how much there is of what."""
    told = json.loads(public_json(state))
    counts = {name: len(told.pop(name)) for name in _LISTS}
    return {**told, "page": state.site_name, "address": link(state, "/status"), "counts": counts}


def components(state: PageState, name: str = "") -> dict[str, Any]:
    """Return the components whose name or slug contains a text."""
    wanted = name.casefold()
    found = [
        each
        for each in json.loads(public_json(state))["services"]
        if wanted in each["name"].casefold() or wanted in each["id"].casefold()
    ]
    return {"components": found}


def incidents(state: PageState, *, resolved: bool = True) -> dict[str, Any]:
    """Return open incidents, and those resolved lately, newest first."""
    past = (*state.past_incidents, *state.older_incidents) if resolved else ()
    return {"incidents": [_incident(each, state) for each in (*state.incidents, *past)]}


def maintenance(state: PageState) -> dict[str, Any]:
    """Return maintenance in progress, to come and closed lately."""
    windows = (*state.windows, *state.past_windows)
    return {"maintenance": [_window(each, state) for each in windows]}


def uptime(state: PageState, month: str = "") -> dict[str, Any]:
    """Return the last 90 days of each component, or the report of a month. Raises CallError."""
    if not month:
        return {
            "components": [
                {
                    "id": each["id"],
                    "name": each["name"],
                    "uptime_90d": each["uptime_90d"],
                    "basis": each["basis"],
                }
                for each in json.loads(public_json(state))["services"]
            ]
        }
    asked = parse_path(f"/status/reports/{month}.json")
    made = asked.make(state) if asked is not None else None
    if not isinstance(made, Document):
        raise CallError(f"There is no report of “{month[:20]}”. Write a month as 2026-10.")
    found: dict[str, Any] = json.loads(made.body)
    return found


def _incident(incident: IncidentView, state: PageState) -> dict[str, Any]:
    return {
        "reference": incident.reference,
        "title": incident.title,
        "severity": incident.severity,
        "status": incident.status,
        "components": list(incident.components),
        "started_at": iso(incident.started_at),
        "resolved_at": iso(incident.resolved_at) if incident.resolved_at else None,
        "address": link(state, f"/status/incidents/{incident.reference}"),
        "updates": [_update(each) for each in incident.updates],
    }


def _window(window: WindowView, state: PageState) -> dict[str, Any]:
    return {
        "reference": window.reference,
        "title": window.title,
        "message": window.message,
        "state": window.state,
        "starts_at": iso(window.starts_at),
        "ends_at": iso(window.ends_at),
        "components": list(window.components),
        "address": link(state, f"/status/maintenance/{window.reference}"),
        "updates": [_update(each) for each in window.updates],
    }


def _update(update: UpdateView) -> dict[str, Any]:
    return {
        "status": update.status,
        "message": update.message,
        "created_at": iso(update.created_at),
    }
