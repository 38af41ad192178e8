"""The system status API: status, dependencies and history for callers with a key (contract T).

All of it follows from one `PageState`. What a filter does not change is encoded once for each
publication, so that an answer is joined from pieces.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Annotated, NotRequired, TypedDict

from components.dialect_words import STATUSES, CommonStatus
from components.rollup import (
    Declaration,
    Evidence,
    Member,
    MonitorVote,
    component_status,
    overall_status,
)
from components.status import Status, Verdict
from components.values.compact_json import compact
from components.values.instants import iso
from components.values.json_types import Description, Instant
from maintenance.lifecycle import WindowState
from statuspage.renderers.json import system_status_objects as objects
from statuspage.state.page_state import (
    ComponentView,
    IncidentView,
    PageState,
    WindowView,
)

RECENT = timedelta(days=7)
_SAID = {
    Status.OPERATIONAL: Verdict.UP,
    Status.MAINTENANCE: Verdict.UP,
    Status.DEGRADED: Verdict.DEGRADED,
    Status.PARTIAL_OUTAGE: Verdict.DOWN,
    Status.MAJOR_OUTAGE: Verdict.DOWN,
    Status.UNKNOWN: Verdict.UNKNOWN,
}
_COMBINATIONS = 64
"""Of regions that are kept ready."""


@dataclass(frozen=True, slots=True)
class SystemStatusQuery:
    """What a caller filters by; None is everything."""

    services: frozenset[str] | None = None
    regions: frozenset[str] | None = None
    metrics: bool = False
    incidents: bool = True


class SystemStatusJson(TypedDict):
    overallStatus: CommonStatus
    lastUpdated: Instant
    services: list[objects.SystemServiceJson]
    incidents: list[objects.SystemIncidentJson]
    maintenanceWindows: list[objects.SystemWindowJson]
    metrics: NotRequired[objects.SystemMetricsJson]
    warnings: NotRequired[list[str]]


class ServiceNeedsJson(TypedDict):
    dependencies: list[str]
    status: CommonStatus


ServiceDependenciesJson = Annotated[
    dict[str, ServiceNeedsJson],
    Description("By display name, and nothing else at the top level (T27)."),
]


class HistoryJson(TypedDict):
    days: int
    lastUpdated: Instant
    services: list[objects.ServiceHistoryJson]
    warnings: NotRequired[list[str]]


class SystemStatus:
    """Answers out of one published state."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._codes = frozenset(state.region_codes)
        self._components = {component.slug: component for component in state.components}
        self._incidents = [
            (incident, compact(objects.incident(incident)))
            for incident in (*state.incidents, *self._resolved_lately())
        ]
        self._windows = [
            (window, compact(objects.window(window)))
            for window in (*state.windows, *state.past_windows)
            if window.state != WindowState.CANCELLED
        ]
        # Of this state: it goes with it.
        self._of_regions = lru_cache(_COMBINATIONS)(self._encode_services)
        self._overall = lru_cache(_COMBINATIONS)(self._overall_of)
        self._dependencies = compact(service_dependencies(state))

    def _resolved_lately(self) -> list[IncidentView]:
        since = self._state.built_at - RECENT
        return [
            incident
            for incident in self._state.past_incidents
            if incident.resolved_at is not None and incident.resolved_at >= since
        ]

    def system_status(self, asked: SystemStatusQuery) -> bytes:
        """T01–T22."""
        # Words that name no region are left out, lest they make combinations without end.
        codes = None if asked.regions is None else asked.regions.intersection(self._codes)
        services = self._of_regions(codes)
        chosen = [piece for slug, piece in services.items() if _wants(asked.services, slug)]
        names = None
        if asked.services is not None:
            names = {self._components[slug].name for slug in asked.services & services.keys()}
        overall = STATUSES[self._overall(codes)].common
        parts = [
            f'"overallStatus":"{overall}"',
            f'"lastUpdated":"{iso(self._state.built_at)}"',
            f'"services":[{",".join(chosen)}]',
            f'"incidents":[{_joined(self._incidents if asked.incidents else [], asked, names)}]',
            f'"maintenanceWindows":[{_joined(self._windows, asked, names)}]',
        ]
        if asked.metrics:
            parts.append(f'"metrics":{compact(objects.metrics(self._state))}')
        if warnings := self._warnings(asked):
            parts.append(f'"warnings":{compact(warnings)}')
        return f"{{{','.join(parts)}}}".encode("utf-8", "replace")

    def service_dependencies(self) -> bytes:
        """T26, T27."""
        return self._dependencies.encode("utf-8", "replace")

    def history(self, asked: SystemStatusQuery, *, days: int) -> bytes:
        """T36: each day of the last `days`, oldest first."""
        told: HistoryJson = {
            "days": days,
            "lastUpdated": iso(self._state.built_at),
            "services": [
                objects.history(component, self._state, days)
                for slug, component in self._components.items()
                if _wants(asked.services, slug)
            ],
        }
        if warnings := self._warnings(asked):
            told["warnings"] = warnings
        return compact(told).encode("utf-8", "replace")

    def _encode_services(self, regions: frozenset[str] | None) -> dict[str, str]:
        return {
            slug: compact(objects.service(component, self._status(component, regions), regions))
            for slug, component in self._components.items()
        }

    def _overall_of(self, regions: frozenset[str] | None) -> Status:
        if regions is None:
            return self._state.status
        members = [
            Member(
                component.name,
                self._status(component, regions),
                counts=component.counts_for_overall,
                critical=component.critical,
            )
            for component in self._components.values()
        ]
        at_work = any(
            window.state == WindowState.IN_PROGRESS and _concerns(window.regions, regions)
            for window in self._state.windows
        )
        return overall_status(members, window_in_progress=at_work).status

    def _status(self, component: ComponentView, regions: frozenset[str] | None) -> Status:
        """A service's status, by the component rule, from these regions alone.

        What no region can say of it (a person's word, a window) holds everywhere; so does the
        evidence on one that is watched from none of them.
        """
        seen = [each for each in component.regions if regions is None or each.code in regions]
        if regions is None or not seen or component.by_hand:
            return component.status
        if component.status is Status.MAINTENANCE:
            return component.status
        declared = [
            Declaration(incident.title, status)
            for incident in self._state.incidents
            if _concerns(incident.regions, regions)
            for name, status in incident.impacts
            if name == component.name
        ]
        votes = tuple(
            MonitorVote(component.name, each.code, _SAID[each.status], "") for each in seen
        )
        evidence = Evidence(declarations=tuple(declared), votes=votes)
        return component_status(evidence).status

    def _warnings(self, asked: SystemStatusQuery) -> list[str]:
        """What was asked for and is not there; what is hidden is not there either (T07)."""
        services = sorted((asked.services or frozenset()) - self._components.keys())
        regions = sorted((asked.regions or frozenset()) - self._codes)
        return [
            *(f"There is no service “{_short(slug)}”." for slug in services),
            *(f"There is no region “{_short(code)}”." for code in regions),
        ]


def service_dependencies(state: PageState) -> ServiceDependenciesJson:
    """By display name; services that share a name share an entry, at its worst (T27)."""
    told: ServiceDependenciesJson = {}
    shown: dict[str, Status] = {}
    for component in state.components:
        name = component.name
        known = told[name]["dependencies"] if name in told else []
        shown[name] = max(component.status, shown.get(name, component.status), key=_rank)
        told[name] = {
            "dependencies": list(dict.fromkeys([*known, *component.needs])),
            "status": STATUSES[shown[name]].common,
        }
    return told


def _rank(status: Status) -> int:
    return status.rank


def _wants(chosen: frozenset[str] | None, slug: str) -> bool:
    return chosen is None or slug in chosen


def _concerns(told: Sequence[str], regions: frozenset[str] | None) -> bool:
    """Whether what names these regions (none: all) has to do with the requested ones."""
    return regions is None or not told or not regions.isdisjoint(told)


def _joined(
    pieces: Iterable[tuple[IncidentView | WindowView, str]],
    asked: SystemStatusQuery,
    names: set[str] | None,
) -> str:
    """Of incidents or windows, those that have to do with what was asked for."""
    return ",".join(
        piece
        for view, piece in pieces
        if _concerns(view.regions, asked.regions)
        and (names is None or not view.components or not names.isdisjoint(view.components))
    )


def _short(text: str) -> str:
    return text[:60]
