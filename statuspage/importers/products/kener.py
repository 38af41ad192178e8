"""Kener: its SQLite database (`kener.sqlite.db`), of releases 3 and 4.

Source: `migrations/` and `src/lib/server/types/monitor.ts` there.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from components.status import Status, worst
from components.values.severity import Severity
from incidents.workflow import IncidentState
from statuspage.importers import history
from statuspage.importers.description import (
    MAX_DESCRIPTION,
    MAX_TITLE,
    ComponentItem,
    Description,
    GroupItem,
    HistoryItem,
    IncidentItem,
    MonitorItem,
    PageItem,
    SourceFileError,
    SubscriberItem,
    UpdateItem,
    line,
    paragraph,
)
from statuspage.importers.products.kener_monitors import (
    CannotBeTakenError,
    check_interval,
    monitor_items,
)
from statuspage.importers.reading import instant, number, text
from statuspage.importers.sqlite_file import SqliteFile, open_sqlite

PRODUCT = "Kener"
_STATUSES = {
    "UP": Status.OPERATIONAL, "DEGRADED": Status.DEGRADED, "DOWN": Status.MAJOR_OUTAGE,
    "MAINTENANCE": Status.MAINTENANCE,
}  # fmt: skip
_STATES = {state.value.upper(): state for state in IncidentState}
_SEVERITIES = {Status.MAJOR_OUTAGE: Severity.MAJOR, Status.DEGRADED: Severity.MINOR}
_LEAST_GAP = 900
"""Seconds without a row after which nothing is known, unless checks are rarer."""
_Row = dict[str, Any]


def read(path: Path) -> Description:
    """Return what a database holds. Raises SourceFileError."""
    found = Description()
    with open_sqlite(path, product=PRODUCT) as file:
        if lacking := {"monitors", "monitoring_data"} - file.tables:
            raise SourceFileError(
                f"It has no table {min(lacking)}: this is not the database of {PRODUCT}."
            )
        histories = _histories(file)
        for row in file.rows("monitors", order="id"):
            _add_component(row, histories.get(text(row, "tag"), []), found)
        _add_pages(file, found)
        _add_incidents(file, found)
        _add_subscribers(file, found)
        for table, named, why in (
            ("triggers", "name", "add it under Alert channels"),
            ("maintenances", "title", "plan it under Maintenance"),
        ):
            for row in file.rows(table, order="id"):
                found.refuse(f"{table} {row.get('id')} “{line(row.get(named), 60)}”", why)
    return found


def _add_component(row: _Row, periods: list[HistoryItem], found: Description) -> None:
    tag = text(row, "tag")
    place = f"monitor “{tag}”"
    category = line(row.get("category_name"))
    if category in ("Home", ""):
        category = ""
    elif category not in {each.key for each in found.groups}:
        found.groups.append(GroupItem(category, category))
    monitors: tuple[MonitorItem, ...] = ()
    kind = text(row, "monitor_type") or "NONE"
    try:
        monitors = tuple(monitor_items(row))
    except CannotBeTakenError as why:
        found.refuse(place, str(why))
    found.components.append(
        ComponentItem(
            key=tag,
            name=line(row.get("name")) or tag,
            description=line(row.get("description"), MAX_DESCRIPTION),
            group=category,
            visible=text(row, "is_hidden") != "YES",
            place=place,
            measured=kind != "NONE",
            monitors=monitors,
            history=tuple(periods),
        )
    )


def _histories(file: SqliteFile) -> dict[str, list[HistoryItem]]:
    gaps = {
        text(row, "tag"): max(_LEAST_GAP, 3 * check_interval(row)) for row in file.rows("monitors")
    }
    found: dict[str, list[HistoryItem]] = {}
    rows = file.query(
        "SELECT monitor_tag, timestamp, status FROM monitoring_data ORDER BY monitor_tag, timestamp"
    )
    for tag, samples in _by_tag(rows):
        if tag in gaps:
            found[tag] = list(_periods(samples, gaps[tag]))
    return found


def _by_tag(rows: Iterator[_Row]) -> Iterator[tuple[str, list[tuple[float, Status | None]]]]:
    tag: str | None = None
    samples: list[tuple[float, Status | None]] = []
    for row in rows:
        if row["monitor_tag"] != tag:
            if tag is not None:
                yield tag, samples
            tag, samples = str(row["monitor_tag"]), []
        samples.append((number(row["timestamp"]), _STATUSES.get(str(row["status"]))))
    if tag is not None:
        yield tag, samples


def _periods(samples: list[tuple[float, Status | None]], gap: float) -> Iterator[HistoryItem]:
    """Yield the periods of samples: each holds until the next one, but not beyond a gap."""
    changes: list[tuple[datetime, Status | None]] = []
    last = 0.0
    for at, status in samples:
        if not 0 < at < 4e9:
            continue
        if changes and at - last > gap:
            changes.append((datetime.fromtimestamp(last + 60, UTC), None))
        if not changes or changes[-1][1] is not status:
            changes.append((datetime.fromtimestamp(at, UTC), status))
        last = at
    if changes:
        yield from history.from_changes(changes, end=datetime.fromtimestamp(last + 60, UTC))


def _add_pages(file: SqliteFile, found: Description) -> None:
    known = {each.key for each in found.components}
    members: dict[Any, list[str]] = defaultdict(list)
    for row in file.rows("pages_monitors"):
        if text(row, "monitor_tag") in known:
            members[row.get("page_id")].append(text(row, "monitor_tag"))
    for row in file.rows("pages", order="id"):
        path = text(row, "page_path").strip("/")
        place = f"page “/{path}”"
        if not path:
            continue  # the one that shows everything, as the main page does here
        if not members[row["id"]]:
            found.refuse(place, "it shows no monitor")
            continue
        found.pages.append(
            PageItem(str(row["id"]), path.replace("/", "-"), line(row.get("page_title")),
                     tuple(members[row["id"]]), place)
        )  # fmt: skip


def _add_incidents(file: SqliteFile, found: Description) -> None:
    affected: dict[Any, dict[str, Status]] = defaultdict(dict)
    for row in file.rows("incident_monitors", order="id"):
        status = _STATUSES.get(text(row, "monitor_impact"), Status.DEGRADED)
        affected[row.get("incident_id")][text(row, "monitor_tag")] = status
    comments: dict[Any, list[_Row]] = defaultdict(list)
    for row in file.rows("incident_comments", order="commented_at, id"):
        if text(row, "status") in ("", "ACTIVE"):
            comments[row.get("incident_id")].append(row)
    for row in file.rows("incidents", order="id"):
        place = f"incident {row['id']} “{line(row.get('title'), 60)}”"
        started = instant(row.get("start_date_time"))
        if started is None:
            found.refuse(place, "it has no date")
        elif text(row, "incident_type") == "MAINTENANCE":
            found.refuse(place, "it is planned maintenance: plan it under Maintenance")
        else:
            found.incidents.append(
                _incident(row, started, affected[row["id"]], comments[row["id"]], place)
            )


def _incident(
    row: _Row, started: datetime, affected: Mapping[str, Status], comments: list[_Row], place: str
) -> IncidentItem:
    title = line(row.get("title"), MAX_TITLE) or "Incident"
    updates = []
    for each in comments:
        state = _STATES.get(text(each, "state"), IncidentState.INVESTIGATING)
        at = instant(each.get("commented_at")) or started
        updates.append(UpdateItem(at, state, paragraph(each.get("comment")) or state.label))
    is_over = text(row, "state") == "RESOLVED"
    ended = instant(row.get("end_date_time"))
    if is_over and ended is None:
        ended = max([started, *(each.at for each in updates)])
    if not updates:
        updates = [UpdateItem(started, IncidentState.INVESTIGATING, title)]
    if is_over and updates[-1].status is not IncidentState.RESOLVED:
        updates.append(UpdateItem(ended or started, IncidentState.RESOLVED, "Resolved."))
    severity = _SEVERITIES.get(worst(affected.values()), Severity.MINOR)
    return IncidentItem(
        str(row["id"]), title, severity, started,
        max(ended or started, started) if is_over else None, tuple(updates), affected, place,
    )  # fmt: skip


def _add_subscribers(file: SqliteFile, found: Description) -> None:
    users = {row["id"]: row for row in file.rows("subscriber_users")}
    for row in file.rows("subscriber_methods", order="id"):
        place = f"subscriber {row['id']}"
        kind = text(row, "method_type").lower()
        user = users.get(row.get("subscriber_user_id"), {})
        if kind not in ("email", "webhook"):
            found.refuse(place, f"the way “{line(kind, 40)}” is not taken")
        elif text(row, "status") != "ACTIVE":
            found.refuse(place, "it is not active there")
        else:
            since = instant(user.get("created_at")) or instant(row.get("created_at"))
            confirmed = since if text(user, "status") == "ACTIVE" else None
            found.subscribers.append(
                SubscriberItem(kind, text(row, "method_value"), confirmed, place=place)
            )
    for row in file.rows("subscribers", order="id"):
        place = f"subscriber {row['id']}"
        if text(row, "subscriber_send"):
            confirmed = (
                instant(row.get("created_at"))
                if text(row, "subscriber_status") == "ACTIVE"
                else None
            )
            found.subscribers.append(
                SubscriberItem("email", text(row, "subscriber_send"), confirmed, place=place)
            )
