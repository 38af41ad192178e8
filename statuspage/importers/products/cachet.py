"""Cachet: a dump of its database in SQL, of releases 2 and 3.

Source: `database/migrations/` of cachethq/cachet (2.4) and cachethq/core (3). A component is
operational there unless somebody says otherwise, from its creation on.
"""

from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

from components.status import Status
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
from statuspage.importers.reading import instant, number, read_text, text
from statuspage.importers.sql_dump import read_dump

PRODUCT = "Cachet"
_EXPECTED = "a dump of the database of Cachet in SQL"
_TABLES = (
    "component_groups", "components", "incidents", "incident_updates", "updates",
    "incident_components", "subscribers", "subscriptions", "schedules", "metrics",
)  # fmt: skip
_STATES = {
    1: IncidentState.INVESTIGATING, 2: IncidentState.IDENTIFIED, 3: IncidentState.MONITORING,
    4: IncidentState.RESOLVED,
}  # fmt: skip
_STATUSES = {
    1: Status.OPERATIONAL, 2: Status.DEGRADED, 3: Status.PARTIAL_OUTAGE, 4: Status.MAJOR_OUTAGE,
}  # fmt: skip
_SEVERITIES = {
    Status.MAJOR_OUTAGE: Severity.CRITICAL, Status.PARTIAL_OUTAGE: Severity.MAJOR,
    Status.DEGRADED: Severity.MINOR,
}  # fmt: skip
_FIXED = 4
_Row = dict[str, Any]


def read(path: Path) -> Description:
    """Return what a dump holds. Raises SourceFileError."""
    dump = read_dump(read_text(path, expected=_EXPECTED), _TABLES)
    tables = {
        name: [row for row in rows if row.get("deleted_at") is None]
        for name, rows in dump.tables.items()
    }
    if not {"components", "incidents"} & tables.keys():
        raise SourceFileError(f"It has no rows of components or incidents; {_EXPECTED} is needed.")
    found = Description()
    for row in sorted(tables.get("component_groups", ()), key=_order):
        found.groups.append(GroupItem(_id(row), line(row.get("name")) or f"Group {_id(row)}"))
    for row in sorted(tables.get("components", ()), key=_order):
        _add_component(row, found)
    _add_incidents(tables, found)
    _add_subscribers(tables, found)
    for row in tables.get("schedules", ()):
        found.refuse(_place("schedule", row), "plan it under Maintenance")
    for row in tables.get("metrics", ()):
        found.refuse(_place("metric", row), "numbers that others push are not taken")
    if found.components:
        found.notes.append(
            f"History: {PRODUCT} takes a component for operational unless an incident says"
            " otherwise, from its creation on; so it is taken."
        )
    return found


def _id(row: _Row) -> str:
    return str(row.get("id"))


def _order(row: _Row) -> tuple[float, float]:
    return number(row.get("order")), number(row.get("id"))


def _place(what: str, row: _Row) -> str:
    return f"{what} {_id(row)} “{line(row.get('name'), 60)}”"


def _add_component(row: _Row, found: Description) -> None:
    group = row.get("component_group_id", row.get("group_id"))
    created = instant(row.get("created_at"))
    place = _place("component", row)
    enabled = row.get("enabled") not in (0, "0", "f", "false")
    if not enabled:
        found.refuse(place, "it is not enabled there: it comes in hidden")
    history = (HistoryItem(Status.OPERATIONAL, created, _END),) if created else ()
    found.components.append(
        ComponentItem(
            key=_id(row),
            name=line(row.get("name")) or f"Component {_id(row)}",
            description=line(row.get("description"), MAX_DESCRIPTION),
            group=str(group) if group not in (None, 0, "0") else "",
            visible=enabled,
            place=place,
            history=history,
        )
    )


_END = datetime.fromisoformat("2199-12-31T00:00:00+00:00")
"""Until now, which the writer knows."""


def _add_incidents(tables: dict[str, list[_Row]], found: Description) -> None:
    updates: dict[str, list[_Row]] = defaultdict(list)
    for row in tables.get("incident_updates", ()):
        updates[str(row.get("incident_id", row.get("updateable_id")))].append(row)
    for row in tables.get("updates", ()):
        if text(row, "updateable_type").rpartition("\\")[2].lower() == "incident":
            updates[str(row.get("updateable_id"))].append(row)
    affected: dict[str, dict[str, Status]] = defaultdict(dict)
    for row in tables.get("incident_components", ()):
        status = _STATUSES.get(int(number(row.get("component_status", row.get("status_id")))))
        affected[str(row.get("incident_id"))][str(row.get("component_id"))] = (
            status or Status.PARTIAL_OUTAGE
        )
    for row in tables.get("incidents", ()):
        _add_incident(row, updates[_id(row)], affected[_id(row)], found)


def _add_incident(
    row: _Row, rows: list[_Row], affected: dict[str, Status], found: Description
) -> None:
    place = _place("incident", row)
    started = instant(row.get("occurred_at")) or instant(row.get("created_at"))
    if started is None:
        found.refuse(place, "it has no date")
        return
    if number(row.get("status")) == 0 or row.get("scheduled_at") not in (None, ""):
        found.refuse(place, "it is planned maintenance: plan it under Maintenance")
        return
    if number(row.get("visible"), 1) != 1:
        found.refuse(place, "it is not public there")
        return
    if (component := str(row.get("component_id") or 0)) != "0" and component not in affected:
        affected = {**affected, component: Status.PARTIAL_OUTAGE}
    later = sorted(
        ((instant(each.get("created_at")) or started, each) for each in rows),
        key=lambda pair: pair[0],
    )
    ended = _ended(row, started, later)
    first = IncidentState.INVESTIGATING if later or ended else _state(row)
    updates = [UpdateItem(started, first, paragraph(row.get("message")) or line(row.get("name")))]
    for at, each in later:
        state = _state(each)
        updates.append(
            UpdateItem(max(at, started), state, paragraph(each.get("message")) or state.label)
        )
    if ended is not None and updates[-1].status is not IncidentState.RESOLVED:
        updates.append(UpdateItem(ended, IncidentState.RESOLVED, "Resolved."))
    severity = max(
        (_SEVERITIES.get(status, Severity.NONE) for status in affected.values()),
        key=lambda each: each.rank, default=Severity.MINOR,
    )  # fmt: skip
    found.incidents.append(
        IncidentItem(
            _id(row), line(row.get("name"), MAX_TITLE) or "Incident", severity, started, ended,
            tuple(updates), affected, place,
        )
    )  # fmt: skip


def _state(row: _Row) -> IncidentState:
    return _STATES.get(int(number(row.get("status"))), IncidentState.INVESTIGATING)


def _ended(row: _Row, started: datetime, later: list[tuple[datetime, _Row]]) -> datetime | None:
    """Return when an incident was fixed: by its last update, else when it was changed last."""
    last = later[-1][1] if later else row
    if number(last.get("status")) != _FIXED and number(row.get("status")) != _FIXED:
        return None
    fixed = [at for at, each in later if number(each.get("status")) == _FIXED]
    ended = fixed[-1] if fixed else instant(row.get("updated_at"))
    return max(ended or started, started)


def _add_subscribers(tables: dict[str, list[_Row]], found: Description) -> None:
    followed: dict[str, list[str]] = defaultdict(list)
    for row in tables.get("subscriptions", ()):
        followed[str(row.get("subscriber_id"))].append(str(row.get("component_id")))
    for row in tables.get("subscribers", ()):
        place = f"subscriber {_id(row)}"
        if not text(row, "email"):
            found.refuse(place, "it has no mail address; phone numbers are not sent messages here")
            continue
        everything = number(row.get("global"), 1) == 1
        found.subscribers.append(
            SubscriberItem(
                "email", text(row, "email"),
                instant(row.get("email_verified_at") or row.get("verified_at")),
                components=() if everything else tuple(followed[_id(row)]),
                place=place,
            )
        )  # fmt: skip
        if not everything and not followed[_id(row)]:
            found.subscribers.pop()
            found.refuse(place, "it follows no component")
