"""Atlassian Statuspage: answers of its API v1 in one JSON file.

The file holds `components`, `incidents` and `subscribers`, each as `GET /v1/pages/PAGE/…` answers,
and `component_groups` and `unconfirmed_subscribers` (`?state=unconfirmed`) where there are any.
Source: https://developer.statuspage.io/.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from components.status import Status, worst
from components.values.severity import Severity
from incidents.workflow import IncidentState
from statuspage.importers.description import (
    MAX_DESCRIPTION,
    MAX_TITLE,
    ComponentItem,
    Description,
    GroupItem,
    HistoryItem,
    IncidentItem,
    SourceFileError,
    SubscriberItem,
    UpdateItem,
    line,
    paragraph,
)
from statuspage.importers.reading import instant, listed, number, objects, read_json, text

PRODUCT = "Statuspage"
_EXPECTED = "a JSON file with “components” and “incidents” of Statuspage's API"
_STATUSES = {
    "operational": Status.OPERATIONAL, "degraded_performance": Status.DEGRADED,
    "partial_outage": Status.PARTIAL_OUTAGE, "major_outage": Status.MAJOR_OUTAGE,
    "under_maintenance": Status.MAINTENANCE,
}  # fmt: skip
_STATES = {
    "investigating": IncidentState.INVESTIGATING, "identified": IncidentState.IDENTIFIED,
    "monitoring": IncidentState.MONITORING, "resolved": IncidentState.RESOLVED,
    "postmortem": IncidentState.RESOLVED,
}  # fmt: skip
_END = datetime.fromisoformat("2199-12-31T00:00:00+00:00")
"""Until now, which the writer knows."""
_LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_Row = dict[str, Any]


def read(path: Path) -> Description:
    """Return what a file holds. Raises SourceFileError."""
    value = read_json(path, expected=_EXPECTED)
    if not isinstance(value, dict) or not {"components", "incidents"} & value.keys():
        raise SourceFileError(
            f"It has neither “components” nor “incidents”; {_EXPECTED} is needed."
        )
    found = Description()
    _add_catalogue(value, found)
    for number_, row in enumerate(objects(value.get("incidents"), "incidents")):
        _add_incident(row, f"incidents[{number_}] “{line(row.get('name'), 60)}”", found)
    for number_, row in enumerate(objects(value.get("scheduled_maintenances"), "scheduled")):
        place = f"scheduled_maintenances[{number_}] “{line(row.get('name'), 60)}”"
        found.refuse(place, "plan it under Maintenance")
    for name in ("subscribers", "unconfirmed_subscribers"):
        for number_, row in enumerate(objects(value.get(name), name)):
            place = f"{name}[{number_}]"
            _add_subscriber(row, place, found, is_confirmed=name == "subscribers")
    return found


def _add_catalogue(value: _Row, found: Description) -> None:
    rows = objects(value.get("components"), "components")
    groups = [row for row in rows if row.get("group") is True]
    groups += objects(value.get("component_groups"), "component_groups")
    for row in groups:
        key, about = text(row, "id"), line(row.get("description"), MAX_DESCRIPTION)
        if key and key not in {each.key for each in found.groups}:
            found.groups.append(GroupItem(key, line(row.get("name")) or key, about))
    for row in sorted(rows, key=lambda each: number(each.get("position"))):
        if row.get("group") is not True:
            _add_component(row, found)
    if found.components:
        found.notes.append(
            f"History: {PRODUCT} takes a component for operational unless an incident says"
            " otherwise; so it is taken."
        )


def _add_component(row: _Row, found: Description) -> None:
    key = text(row, "id")
    name = line(row.get("name"))
    place = f"component {key} “{name[:60]}”"
    if not key:
        found.refuse(place, "it has no id")
        return
    since = instant(row.get("start_date")) or instant(row.get("created_at"))
    found.components.append(
        ComponentItem(
            key=key, name=name or key, description=line(row.get("description"), MAX_DESCRIPTION),
            group=text(row, "group_id"), place=place,
            history=(HistoryItem(Status.OPERATIONAL, since, _END),) if since else (),
        )
    )  # fmt: skip


def _add_incident(row: _Row, place: str, found: Description) -> None:
    key = text(row, "id")
    started = instant(row.get("started_at")) or instant(row.get("created_at"))
    if not key or started is None:
        found.refuse(place, "it has no id, or no date")
        return
    if row.get("scheduled_for") or text(row, "impact") == "maintenance":
        found.refuse(place, "it is planned maintenance: plan it under Maintenance")
        return
    updates = sorted(_updates(row, place, started, found), key=lambda each: each.at)
    is_over = _STATES.get(text(row, "status")) is IncidentState.RESOLVED
    ended = instant(row.get("resolved_at")) or (updates[-1].at if is_over and updates else None)
    impact = text(row, "impact_override") or text(row, "impact")
    severity = Severity(impact) if impact in set(Severity) else Severity.MINOR
    if text(row, "postmortem_body"):
        found.refuse(place, "its post-mortem: write it under the incident")
    if not updates:
        updates = [UpdateItem(started, IncidentState.INVESTIGATING, line(row.get("name")) or "–")]
    found.incidents.append(
        IncidentItem(
            key, line(row.get("name"), MAX_TITLE) or "Incident", severity,
            min(started, updates[0].at), max(ended, started) if is_over and ended else None,
            tuple(updates), _unsaid(row, updates, severity), place,
        )
    )  # fmt: skip


def _updates(row: _Row, place: str, started: datetime, found: Description) -> list[UpdateItem]:
    updates = []
    for each in objects(row.get("incident_updates"), f"{place}.incident_updates"):
        state = _STATES.get(text(each, "status"))
        at = instant(each.get("display_at")) or instant(each.get("created_at")) or started
        if state is None:
            found.refuse(place, f"an update in the state “{line(each.get('status'), 40)}”")
            continue
        updates.append(
            UpdateItem(at, state, paragraph(each.get("body")) or state.label, _said(each))
        )
    return updates


def _said(update: _Row) -> dict[str, Status]:
    """Return what an update says of components, by their ids."""
    found = {}
    for each in listed(update.get("affected_components")):
        if isinstance(each, dict) and (status := _STATUSES.get(text(each, "new_status"))):
            found[text(each, "code")] = status
    return found


def _unsaid(row: _Row, updates: list[UpdateItem], severity: Severity) -> dict[str, Status]:
    """Return what is meant of components of an incident that no update says anything of."""
    said = {key for each in updates for key in each.statuses}
    ids = [text(each, "id") for each in listed(row.get("components")) if isinstance(each, dict)]
    implied = worst([severity.implied])
    return {key: implied for key in ids if key and key not in said}


def _add_subscriber(row: _Row, place: str, found: Description, *, is_confirmed: bool) -> None:
    mode = text(row, "mode")
    address = text(row, "email") if mode in ("", "email") else text(row, "endpoint")
    if mode not in ("", "email", "webhook") or not address:
        found.refuse(place, f"the way “{line(mode, 40) or 'none'}” is not taken")
        return
    if row.get("incident"):
        found.refuse(place, "it follows one incident only")
        return
    if row.get("quarantined_at"):
        found.refuse(place, "messages did not reach it: it is quarantined there")
        return
    components = row.get("components")
    ids = components if isinstance(components, list) else []
    found.subscribers.append(
        SubscriberItem(
            "webhook" if mode == "webhook" else "email", address,
            (instant(row.get("created_at")) or _LONG_AGO) if is_confirmed else None,
            components=tuple(
                text(each, "id") if isinstance(each, dict) else str(each) for each in ids
            ),
            place=place,
        )
    )  # fmt: skip
