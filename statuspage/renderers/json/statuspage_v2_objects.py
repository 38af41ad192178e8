"""The objects of contract S, each declared beside the function that writes it.

Keys are in the order in which the contract lists them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, NotRequired, TypedDict

from components.dialect_words import (
    SEVERITIES,
    STATUSES,
    StatuspageImpact,
    StatuspageIndicator,
    StatuspageStatus,
)
from components.markup.parser import parse
from components.markup.plain import write_plain
from components.status import Status
from components.values.instants import iso
from components.values.json_types import Date, Instant, OneOf
from components.values.public_ids import public_id
from incidents.workflow import IncidentState
from maintenance.lifecycle import WindowState
from statuspage.pages.face import HOME
from statuspage.state.page_state import (
    ComponentView,
    GroupView,
    IncidentView,
    PageState,
    UpdateView,
    WindowView,
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
_SHOWN_STATES = (WindowState.SCHEDULED, WindowState.IN_PROGRESS, WindowState.COMPLETED)


class V2PageJson(TypedDict):
    id: str
    name: str
    url: str
    time_zone: str
    updated_at: Instant


class V2StatusJson(TypedDict):
    indicator: StatuspageIndicator
    description: str


class V2ComponentJson(TypedDict):
    """A group is one with `group: true`, and names its members in `components`."""

    id: str
    name: str
    status: StatuspageStatus
    created_at: Instant
    updated_at: Instant
    position: int
    description: str | None
    showcase: bool
    start_date: Date | None
    group_id: str | None
    page_id: str
    group: bool
    only_show_if_degraded: bool
    components: NotRequired[list[str]]


class V2AffectedJson(TypedDict):
    code: str
    name: str
    old_status: StatuspageStatus
    new_status: StatuspageStatus


class _Update(TypedDict):
    id: str
    body: str
    incident_id: str
    created_at: Instant
    updated_at: Instant
    display_at: Instant
    affected_components: list[V2AffectedJson] | None
    deliver_notifications: bool
    custom_tweet: str | None
    tweet_id: str | None


class V2IncidentUpdateJson(_Update):
    status: Annotated[str, OneOf([*IncidentState, "postmortem"])]


class V2WindowUpdateJson(_Update):
    status: Annotated[str, OneOf(WindowState)]


class _Event(TypedDict):
    """What incidents and windows have in common."""

    id: str
    name: str
    created_at: Instant
    updated_at: Instant
    monitoring_at: Instant | None
    resolved_at: Instant | None
    shortlink: str
    started_at: Instant
    page_id: str
    components: list[V2ComponentJson]


class V2IncidentJson(_Event):
    status: Annotated[str, OneOf([*IncidentState, "postmortem"])]
    impact: StatuspageImpact
    incident_updates: list[V2IncidentUpdateJson]


class V2WindowJson(_Event):
    status: Annotated[str, OneOf([*_SHOWN_STATES, "verifying"])]
    impact: Annotated[str, OneOf(["maintenance"])]
    incident_updates: list[V2WindowUpdateJson]
    scheduled_for: Instant
    scheduled_until: Instant


class Objects:
    """The writer of one state's objects, with the dialect's words and ids."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._page_id = public_id("page", state.face.slug)
        self._root = f"{state.site_url.rstrip('/')}{state.face.root}"
        self._by_id = {each.id: self._component(each, group) for group, each in _all(state)}
        self._by_name = {each.name: self._by_id[each.id] for each in state.components}
        # Not among the components, but named by what happened before.
        nowhere = GroupView(None, "", "", False, state.retired)
        self._by_name |= {each.name: self._component(each, nowhere) for each in state.retired}

    def page(self) -> V2PageJson:
        """Return the page object of every body."""
        return {
            "id": self._page_id,
            "name": self._state.site_name,
            "url": self._state.site_url if self._state.face.root == HOME else self._root,
            "time_zone": "Etc/UTC",
            "updated_at": _instant(self._state.built_at),
        }

    def status(self) -> V2StatusJson:
        """Return the overall status."""
        status = self._state.status
        return {"indicator": STATUSES[status].indicator, "description": _SENTENCES[status]}

    def components(self) -> list[V2ComponentJson]:
        """Return each group, then what is in it; positions count from 1 throughout."""
        listed: list[V2ComponentJson] = []
        for group in self._state.groups:
            if group.id is not None:
                listed.append(self._group(group))
            # Copies, for in the other places they stand without a position.
            listed += [self._by_id[each.id].copy() for each in group.components]
        for position, each in enumerate(listed, start=1):
            each["position"] = position
        return listed

    def _group(self, group: GroupView) -> V2ComponentJson:
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

    def _component(self, component: ComponentView, group: GroupView) -> V2ComponentJson:
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
            "only_show_if_degraded": component.only_when_wrong,
        }

    def incident(self, incident: IncidentView) -> V2IncidentJson:
        """Return an incident with its updates."""
        updates = incident.updates
        watched = [each for each in updates if each.status == IncidentState.MONITORING]
        pk = public_id("incident", incident.id)
        status = "postmortem" if incident.postmortem else incident.status
        changed = [incident.updated_at, incident.resolved_at, *(u.created_at for u in updates)]
        return {
            "id": pk,
            "name": incident.title,
            "status": status,
            "created_at": _instant(_created_at(incident)),
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

    def window(self, window: WindowView) -> V2WindowJson:
        """Return a window as a scheduled maintenance."""
        pk = public_id("window", window.id)
        created = window.created_at or window.starts_at
        changed = [window.changed_at, window.closed_at, *(u.created_at for u in window.updates)]
        is_completed = window.state == WindowState.COMPLETED
        first = UpdateView(0, WindowState.SCHEDULED, window.message, created)
        return {
            "id": pk,
            "name": window.title,
            "status": window.state,
            "created_at": _instant(created),
            "updated_at": _instant(_latest(changed, created)),
            "monitoring_at": None,
            "resolved_at": _instant(window.closed_at or window.ends_at) if is_completed else None,
            "impact": "maintenance",
            "shortlink": f"{self._root}/maintenance/{window.reference}",
            "started_at": _instant(window.starts_at),
            "page_id": self._page_id,
            # What it was announced with is its first update.
            "incident_updates": self._updates((*window.updates, first), pk),
            "components": self._named(window.components),
            "scheduled_for": _instant(window.starts_at),
            "scheduled_until": _instant(window.ends_at),
        }

    def _updates(self, updates: Iterable[UpdateView], parent: str) -> list[V2IncidentUpdateJson]:
        """Return them newest first; what each declares stands beside what was declared before."""
        written: list[V2IncidentUpdateJson] = []
        before: dict[str, str] = {}
        for update in reversed(list(updates)):
            affected: list[V2AffectedJson] = []
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
            written.append({
                "id": public_id("update", f"{parent}:{update.id}"),
                "status": update.status,
                "body": write_plain(parse(update.message)),
                "incident_id": parent,
                "created_at": _instant(update.created_at),
                "updated_at": _instant(update.created_at),
                "display_at": _instant(update.created_at),
                "affected_components": affected or None,
                "deliver_notifications": True,
                "custom_tweet": None,
                "tweet_id": None,
            })  # fmt: skip
        return written[::-1]

    def _named(self, names: Iterable[str]) -> list[V2ComponentJson]:
        return [self._by_name[name] for name in names if name in self._by_name]


def _all(state: PageState) -> list[tuple[GroupView, ComponentView]]:
    return [(group, each) for group in state.groups for each in group.components]


def _latest(instants: Iterable[datetime | None], default: datetime) -> datetime:
    return max((each for each in instants if each is not None), default=default)


def _created_at(incident: IncidentView) -> datetime:
    """Return when it was published, at the latest: one that was written down afterwards counts from
    its start, so that nothing of it comes before it."""
    created, resolved = incident.created_at or incident.started_at, incident.resolved_at
    if resolved is not None and created > resolved:
        created = incident.started_at
    return min([created, *(each.created_at for each in incident.updates)])


def _rank(status: Status) -> int:
    return status.rank


def _instant(at: datetime) -> str:
    """Return ISO 8601 with milliseconds, as the original has it."""
    return iso(at, precision="milliseconds")
