"""Uptime Kuma: its SQLite database, of releases 1.x and 2.x (`kuma.db`).

Source: `db/knex_init_db.js` and `db/knex_migrations/` there; 1.x: `db/patch-*.sql`. What tells the
two apart are the tables `stat_daily` and `stat_hourly`, which 2.x adds up its history in.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from components.status import Status
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
    PageItem,
    SourceFileError,
    UpdateItem,
    line,
    paragraph,
)
from statuspage.importers.products.kuma_monitors import (
    CannotBeTakenError,
    engine_address,
    monitor_item,
)
from statuspage.importers.reading import instant, number, text
from statuspage.importers.sqlite_file import SqliteFile, open_sqlite

PRODUCT = "Uptime Kuma"
_STATUS = {0: Status.MAJOR_OUTAGE, 1: Status.OPERATIONAL, 3: Status.MAINTENANCE}
"""Of `heartbeat.status`; 2 is pending: nothing is known yet."""
_GAP = 600
"""Seconds without a check after which nothing is known, unless checks are ten times rarer."""
_SEVERITIES = {"danger": Severity.MAJOR, "warning": Severity.MINOR}
"""Of a pinned message's `style`; the others inform."""
_Row = dict[str, Any]


def read(path: Path) -> Description:
    """Return what a database holds. Raises SourceFileError."""
    found = Description()
    with open_sqlite(path, product=PRODUCT) as file:
        lacking = {"monitor", "heartbeat"} - file.tables
        if lacking:
            raise SourceFileError(
                f"It has no table {min(lacking)}: this is not the database of {PRODUCT}."
            )
        rows = {row["id"]: row for row in file.rows("monitor", order="weight DESC, id")}
        placed = _groups(file, rows, found)
        _components(file, rows, placed, found)
        _pages(file, found)
        _incidents(file, found)
        _leave_out(file, found)
    return found


def _place(row: _Row) -> str:
    return f"monitor {row.get('id')} “{line(row.get('name'), 60)}”"


def _groups(file: SqliteFile, rows: Mapping[Any, _Row], found: Description) -> dict[Any, str]:
    """List groups; return the key of each monitor's, by the monitor's id.

    Monitors of the type group come first; without one, a monitor is in its group of a status page.
    """
    folders = {pk: row for pk, row in rows.items() if text(row, "type") == "group"}
    for pk, row in folders.items():
        parent = row.get("parent") if row.get("parent") in folders else None
        if parent is not None and folders[parent].get("parent") in folders:
            found.refuse(_place(row), "groups have one level here: it stands beside its parent")
            parent = None
        found.groups.append(
            GroupItem(
                f"monitor-{pk}", line(row.get("name")) or f"Group {pk}",
                line(row.get("description"), MAX_DESCRIPTION),
                f"monitor-{parent}" if parent is not None else "",
            )
        )  # fmt: skip
    placed = {
        pk: f"monitor-{row['parent']}" for pk, row in rows.items() if row.get("parent") in folders
    }
    shown: dict[Any, list[Any]] = defaultdict(list)
    for row in file.rows("monitor_group", order="weight, id"):
        shown[row.get("group_id")].append(row.get("monitor_id"))
    for row in file.rows("group", order="weight, id"):
        members = [pk for pk in shown[row["id"]] if pk in rows and pk not in placed]
        members = [pk for pk in members if pk not in folders]
        if not members:
            continue
        found.groups.append(
            GroupItem(f"group-{row['id']}", line(row.get("name")) or f"Group {row['id']}")
        )
        placed.update(dict.fromkeys(members, f"group-{row['id']}"))
    return placed


def _components(
    file: SqliteFile, rows: Mapping[Any, _Row], placed: Mapping[Any, str], found: Description
) -> None:
    engines = {row.get("id"): engine_address(row) for row in file.rows("docker_host")}
    tags = _tags(file)
    histories = _histories(file, rows, found)
    for pk, row in rows.items():
        if text(row, "type") == "group":
            continue
        monitors: tuple[Any, ...] = ()
        try:
            monitors = (monitor_item(row, engines),)
        except CannotBeTakenError as why:
            found.refuse(_place(row), str(why))
        found.components.append(
            ComponentItem(
                key=str(pk),
                name=line(row.get("name")) or f"Monitor {pk}",
                description=line(row.get("description"), MAX_DESCRIPTION),
                group=placed.get(pk, ""),
                tags=line(", ".join(tags.get(pk, ())), 300),
                place=_place(row),
                measured=True,
                monitors=monitors,
                history=tuple(histories.get(pk, ())),
            )
        )
        if text(row, "type") == "push":
            found.refuse(
                _place(row), "its push address: the monitor has a ping address of its own here"
            )


def _tags(file: SqliteFile) -> dict[Any, list[str]]:
    names = {row.get("id"): line(row.get("name")) for row in file.rows("tag")}
    found: dict[Any, list[str]] = defaultdict(list)
    for row in file.rows("monitor_tag", order="id"):
        if name := names.get(row.get("tag_id"), "").replace(",", " "):
            found[row.get("monitor_id")].append(name)
    return found


def _histories(
    file: SqliteFile, rows: Mapping[Any, _Row], description: Description
) -> dict[Any, list[HistoryItem]]:
    days = _days(file)
    spans = {
        row["monitor_id"]: (instant(row["first"]), instant(row["last"]))
        for row in file.query(
            "SELECT monitor_id, MIN(time) AS first, MAX(time) AS last FROM heartbeat"
            " GROUP BY monitor_id"
        )
    }
    changes = _changes(file, rows, spans)
    found: dict[Any, list[HistoryItem]] = {}
    for pk in rows:
        first, last = spans.get(pk, (None, None))
        periods: list[HistoryItem] = []
        if pk in spans and (first is None or last is None):
            description.refuse(_place(rows[pk]), "its history: the time of a check there is none")
        elif first is not None and last is not None:
            periods = history.from_changes(changes[pk], end=last)
        counted = days.get(pk)
        if counted is not None:
            # 2.x keeps the changes of states, but no longer each check: a day without any has none.
            periods = history.on_days(periods, {day.on for day in counted})
            earliest = periods[0].start if periods else None
            older = [day for day in counted if not earliest or day.on < earliest.date()]
            periods = [*history.from_days(older), *periods]
        found[pk] = periods
    return found


def _changes(
    file: SqliteFile,
    rows: Mapping[Any, _Row],
    spans: Mapping[Any, tuple[datetime | None, datetime | None]],
) -> dict[Any, list[tuple[datetime, Status | None]]]:
    """Return when each monitor's state changed, and when nothing was known, by the monitor's id."""
    found: dict[Any, list[tuple[datetime, Status | None]]] = defaultdict(list)
    state: dict[Any, Status | None] = {}
    sql = (
        "SELECT monitor_id, status, time, duration, important FROM heartbeat"
        " WHERE important = 1 OR duration > ? ORDER BY time, id"
    )
    for row in file.query(sql, [_GAP]):
        pk, at = row["monitor_id"], instant(row["time"])
        if at is None or pk not in rows:
            continue
        if not found[pk] and not row["important"]:
            continue
        lately = float(max(_GAP, 10 * number(rows[pk].get("interval"), 60)))
        seconds = number(row["duration"])
        if found[pk] and seconds > lately:
            found[pk].append((at - timedelta(seconds=seconds), None))
            found[pk].append((at, _STATUS.get(row["status"], state.get(pk))))
        if row["important"]:
            state[pk] = _STATUS.get(row["status"])
            found[pk].append((at, state[pk]))
    for pk, (first, _) in spans.items():
        known = found.get(pk)
        if first is not None and pk in rows and (not known or known[0][0] > first):
            # Older changes were deleted there: until the next one it was what its checks say.
            beat = next(
                file.query(
                    "SELECT status FROM heartbeat WHERE monitor_id = ? ORDER BY time, id LIMIT 1",
                    [pk],
                ),
                {"status": None},
            )
            status = beat["status"]
            found[pk].insert(0, (first, _STATUS.get(status) if status is not None else None))
    return found


def _days(file: SqliteFile) -> dict[Any, list[history.DayItem]]:
    """Return days by monitor, of 2.x; none of 1.x."""
    found: dict[Any, list[history.DayItem]] = defaultdict(list)
    for row in file.rows("stat_daily", order="timestamp"):
        at = instant(row.get("timestamp"))
        up, down = number(row.get("up")), number(row.get("down"))
        if at is None or up + down <= 0:
            continue
        seconds = {Status.MAJOR_OUTAGE: 86_400 * down / (up + down)} if down else {}
        note = f"{down:.0f} of {up + down:.0f} checks failed" if down else ""
        found[row.get("monitor_id")].append(history.DayItem(_day(at), seconds, note))
    return found


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _pages(file: SqliteFile, found: Description) -> None:
    members: dict[Any, list[str]] = defaultdict(list)
    known = {each.key for each in found.components}
    of_page = {
        row["id"]: row.get("status_page_id") for row in file.rows("group", order="weight, id")
    }
    places = {pk: place for place, pk in enumerate(of_page)}
    shown = list(file.rows("monitor_group", order="weight, id"))
    # A monitor's weight orders it within its group.
    for row in sorted(shown, key=lambda each: places.get(each.get("group_id"), -1)):
        if str(row.get("monitor_id")) in known:
            members[of_page.get(row.get("group_id"))].append(str(row.get("monitor_id")))
    for row in file.rows("status_page", order="id"):
        place = f"status page {row['id']} “{line(row.get('title'), 60)}”"
        if not row.get("published", 1):
            found.refuse(place, "it is not published there")
        elif not members[row["id"]]:
            found.refuse(place, "it shows no monitor")
        else:
            found.pages.append(
                PageItem(
                    str(row["id"]), text(row, "slug").lower(), line(row.get("title")),
                    tuple(dict.fromkeys(members[row["id"]])), place,
                )
            )  # fmt: skip
    for row in file.rows("status_page_cname"):
        found.refuse(
            f"host {line(row.get('domain'), 100)}",
            "give it to the page under Pages when its name leads here",
        )


def _incidents(file: SqliteFile, found: Description) -> None:
    for row in file.rows("incident", order="created_date, id"):
        place = f"incident {row['id']} “{line(row.get('title'), 60)}”"
        started = instant(row.get("created_date"))
        if started is None:
            found.refuse(place, "it has no date")
            continue
        is_open = bool(row.get("active", 1)) and bool(row.get("pin", 1))
        changed = instant(row.get("last_updated_date"))
        ended = None if is_open else max(changed or started, started)
        message = paragraph(row.get("content")) or line(row.get("title"))
        style = text(row, "style")
        found.incidents.append(
            IncidentItem(
                key=str(row["id"]),
                title=line(row.get("title"), MAX_TITLE) or "Incident",
                severity=_SEVERITIES.get(style, Severity.NONE),
                started_at=started,
                resolved_at=ended,
                updates=tuple(_updates(started, ended, message)),
                place=place,
            )
        )
        if ended is not None and changed is None:
            found.refuse(place, "when it ended: it comes in as over when it began")


def _updates(started: datetime, ended: datetime | None, message: str) -> Iterable[UpdateItem]:
    yield UpdateItem(started, IncidentState.INVESTIGATING, message)
    if ended is not None:
        yield UpdateItem(ended, IncidentState.RESOLVED, "Resolved.")


def _leave_out(file: SqliteFile, found: Description) -> None:
    """List the tables that are not taken, with what to do instead."""
    for table, named, why in (
        ("maintenance", "title", "plan it under Maintenance"),
        ("notification", "name", "add it under Alert channels"),
        ("proxy", "host", "no monitor here goes through a proxy"),
        ("api_key", "name", "make a token under API tokens"),
    ):
        for row in file.rows(table):
            found.refuse(f"{table} {row.get('id')} “{line(row.get(named), 60)}”", why)
    if "stat_daily" in file.tables and any(each.history for each in found.components):
        found.notes.append(
            f"History: of days of which {PRODUCT} kept only counts of checks, it is known how long"
            " something was down, but not when. It is put at the beginning of the day."
        )
