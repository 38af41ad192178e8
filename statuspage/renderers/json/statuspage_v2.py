"""The public JSON that existing status-page tools already read (contract S).

All of it is rendered when the page is, so every address is ready-made bytes. Keys are in the
order in which the contract lists them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from components.dialect_words import SEVERITIES, STATUSES
from components.public_ids import public_id
from components.status import Status
from components.values.compact_json import compact_bytes
from components.values.instants import iso
from incidents.workflow import IncidentState
from maintenance.lifecycle import WindowState
from statuspage.state.page_state import (
    ComponentView,
    GroupView,
    IncidentView,
    PageState,
    UpdateView,
    WindowView,
)

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
_SENTENCES = {
    Status.OPERATIONAL: "All Systems Operational",
    Status.MAINTENANCE: "Service Under Maintenance",
    Status.UNKNOWN: "Partially Degraded Service",
    Status.DEGRADED: "Partially Degraded Service",
    Status.PARTIAL_OUTAGE: "Partial System Outage",
    Status.MAJOR_OUTAGE: "Major Service Outage",
}
"""The words that readers of this format show, and some of them compare."""
_TO_COME = (WindowState.SCHEDULED, WindowState.IN_PROGRESS)


def statuspage_v2(state: PageState) -> dict[str, bytes]:
    """Every body of this dialect, by its path."""
    dialect = _Dialect(state)
    page, status = {"page": dialect.page()}, {"status": dialect.status()}
    components = {"components": dialect.components()}
    unresolved = {"incidents": [dialect.incident(each) for each in state.incidents]}
    known = (*state.incidents, *state.past_incidents, *state.older_incidents)
    newest = _newest(known, "started_at")
    shown = [each for each in state.windows if each.state in _TO_COME]
    past = (*state.past_windows, *state.older_windows)
    over = [each for each in past if each.state == WindowState.COMPLETED]
    windows = {
        "scheduled-maintenances.json": _newest((*shown, *over), "starts_at"),
        "scheduled-maintenances/upcoming.json": _in_state(shown, WindowState.SCHEDULED),
        "scheduled-maintenances/active.json": _in_state(shown, WindowState.IN_PROGRESS),
    }
    answers: dict[str, dict[str, Any]] = {
        "summary.json": {
            **page,
            **components,
            **unresolved,
            "scheduled_maintenances": [dialect.window(each) for each in shown],
            **status,
        },
        "status.json": {**page, **status},
        "components.json": {**page, **components},
        "incidents.json": {**page, "incidents": [dialect.incident(each) for each in newest]},
        "incidents/unresolved.json": {**page, **unresolved},
        **{
            path: {**page, "scheduled_maintenances": [dialect.window(each) for each in chosen]}
            for path, chosen in windows.items()
        },
    }
    return {PREFIX + path: compact_bytes(answer) for path, answer in answers.items()}


class _Dialect:
    """Words and ids of one state."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._page_id = public_id("page", "main")
        self._root = f"{state.site_url.rstrip('/')}/status"
        self._by_name = {each.name: self._component(each, group) for group, each in _all(state)}

    def page(self) -> dict[str, Any]:
        return {
            "id": self._page_id,
            "name": self._state.site_name,
            "url": self._state.site_url,
            "time_zone": "Etc/UTC",
            "updated_at": _instant(self._state.built_at),
        }

    def status(self) -> dict[str, Any]:
        status = self._state.status
        return {"indicator": STATUSES[status].indicator, "description": _SENTENCES[status]}

    def components(self) -> list[dict[str, Any]]:
        """Each group, then what is in it; positions count from 1 throughout."""
        told: list[dict[str, Any]] = []
        for group in self._state.groups:
            if group.id is not None:
                told.append(self._group(group))
            told += [self._component(each, group) for each in group.components]
        for position, each in enumerate(told, start=1):
            each["position"] = position
        return told

    def _group(self, group: GroupView) -> dict[str, Any]:
        members = group.components
        return {
            "id": public_id("group", group.id),
            "name": group.name,
            "status": STATUSES[max((each.status for each in members), key=_rank)].statuspage,
            "created_at": _instant(min(each.created_at for each in members)),
            "updated_at": _instant(max(each.updated_at for each in members)),
            "position": 0,
            "description": group.description or None,
            "showcase": False,
            "start_date": None,
            "group_id": None,
            "page_id": self._page_id,
            "group": True,
            "only_show_if_degraded": False,
            "components": [public_id("component", each.id) for each in members],
        }

    def _component(self, component: ComponentView, group: GroupView) -> dict[str, Any]:
        return {
            "id": public_id("component", component.id),
            "name": component.name,
            "status": STATUSES[component.status].statuspage,
            "created_at": _instant(component.created_at),
            "updated_at": _instant(component.updated_at),
            "position": 0,
            "description": component.description or None,
            "showcase": True,
            "start_date": component.created_at.date().isoformat(),
            "group_id": None if group.id is None else public_id("group", group.id),
            "page_id": self._page_id,
            "group": False,
            "only_show_if_degraded": False,
        }

    def incident(self, incident: IncidentView) -> dict[str, Any]:
        updates = incident.updates
        watched = [each for each in updates if each.status == IncidentState.MONITORING]
        pk = public_id("incident", incident.id)
        status = "postmortem" if incident.postmortem else incident.status
        changed = [incident.updated_at, incident.resolved_at, *(u.created_at for u in updates)]
        return {
            "id": pk,
            "name": incident.title,
            "status": status,
            "created_at": _instant(incident.created_at or incident.started_at),
            "updated_at": _instant(_latest(changed, incident.started_at)),
            "monitoring_at": _instant(watched[0].created_at) if watched else None,
            "resolved_at": _instant(incident.resolved_at) if incident.resolved_at else None,
            "impact": SEVERITIES[incident.severity].statuspage,
            "shortlink": f"{self._root}/incidents/{incident.reference}",
            "started_at": _instant(incident.started_at),
            "page_id": self._page_id,
            "incident_updates": self._updates(updates, pk),
            "components": self._named(incident.components),
        }

    def window(self, window: WindowView) -> dict[str, Any]:
        pk = public_id("window", window.id)
        created = window.created_at or window.starts_at
        changed = [window.changed_at, window.closed_at, *(u.created_at for u in window.updates)]
        over = window.state == WindowState.COMPLETED
        first = UpdateView(0, WindowState.SCHEDULED, window.message, created)
        return {
            "id": pk,
            "name": window.title,
            "status": window.state,
            "created_at": _instant(created),
            "updated_at": _instant(_latest(changed, created)),
            "monitoring_at": None,
            "resolved_at": _instant(window.closed_at or window.ends_at) if over else None,
            "impact": "maintenance",
            "shortlink": f"{self._root}/maintenance/{window.reference}",
            "started_at": _instant(window.starts_at),
            "page_id": self._page_id,
            # What it was announced with is the first thing that was told of it.
            "incident_updates": self._updates((*window.updates, first), pk),
            "components": self._named(window.components),
            "scheduled_for": _instant(window.starts_at),
            "scheduled_until": _instant(window.ends_at),
        }

    def _updates(self, updates: Iterable[UpdateView], parent: str) -> list[dict[str, Any]]:
        """Newest first; what each declares is told beside what was declared before."""
        told: list[dict[str, Any]] = []
        before: dict[str, str] = {}
        for update in reversed(list(updates)):
            affected = []
            for name, status in update.declared:
                word = STATUSES[status].statuspage
                if name in self._by_name:
                    affected.append({
                        "code": self._by_name[name]["id"],
                        "name": name,
                        "old_status": before.get(name, "operational"),
                        "new_status": word,
                    })  # fmt: skip
                before[name] = word
            told.append({
                "id": public_id("update", f"{parent}:{update.id}"),
                "status": update.status,
                "body": update.message,
                "incident_id": parent,
                "created_at": _instant(update.created_at),
                "updated_at": _instant(update.created_at),
                "display_at": _instant(update.created_at),
                "affected_components": affected or None,
                "deliver_notifications": True,
                "custom_tweet": None,
                "tweet_id": None,
            })  # fmt: skip
        return told[::-1]

    def _named(self, names: Iterable[str]) -> list[dict[str, Any]]:
        return [self._by_name[name] for name in names if name in self._by_name]


def _all(state: PageState) -> list[tuple[GroupView, ComponentView]]:
    return [(group, each) for group in state.groups for each in group.components]


def _in_state(windows: Iterable[WindowView], state: WindowState) -> list[WindowView]:
    return [window for window in windows if window.state == state][:NEWEST]


def _newest(views: Iterable[Any], key: str) -> list[Any]:
    return sorted(views, key=lambda view: getattr(view, key), reverse=True)[:NEWEST]


def _latest(instants: Iterable[datetime | None], default: datetime) -> datetime:
    return max((each for each in instants if each is not None), default=default)


def _rank(status: Status) -> int:
    return status.rank


def _instant(at: datetime) -> str:
    """ISO 8601 with milliseconds, as the original has it."""
    return iso(at, precision="milliseconds")
