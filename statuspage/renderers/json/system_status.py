"""The system status API: status, dependencies and history for callers with a key (contract T).

All of it follows from one `PageState`. What a filter does not change is encoded once for each
publication, so that a response is joined from pieces.
"""

from collections.abc import Iterable, Iterator, Sequence
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
_VERDICTS = {
    Status.OPERATIONAL: Verdict.UP,
    Status.MAINTENANCE: Verdict.UP,
    Status.DEGRADED: Verdict.DEGRADED,
    Status.PARTIAL_OUTAGE: Verdict.DOWN,
    Status.MAJOR_OUTAGE: Verdict.DOWN,
    Status.UNKNOWN: Verdict.UNKNOWN,
}
_COMBINATIONS = 64
"""Of regions that are kept ready."""
_NAMED = 10
"""Services that a warning names."""


@dataclass(frozen=True, slots=True)
class SystemStatusRequest:
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
    """The responses of one published state."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._codes = frozenset(state.region_codes)
        self._watched = frozenset(
            region.code for component in state.components for region in component.regions
        )
        """Regions from which anything is watched."""
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
        self._services_by_regions = lru_cache(_COMBINATIONS)(self._encode_services)
        self._overall_by_regions = lru_cache(_COMBINATIONS)(self._overall_of)
        self._dependencies = compact(service_dependencies(state))

    def _resolved_lately(self) -> list[IncidentView]:
        since = self._state.built_at - RECENT
        return [
            incident
            for incident in self._state.past_incidents
            if incident.resolved_at is not None and incident.resolved_at >= since
        ]

    def system_status(self, query: SystemStatusRequest) -> bytes:
        """Return the status (T01–T22)."""
        # Words that name no region are left out, lest they make combinations without end.
        codes = None if query.regions is None else query.regions.intersection(self._codes)
        services = self._services_by_regions(codes)
        chosen = [piece for slug, piece in services.items() if _is_chosen(query.services, slug)]
        names = None
        if query.services is not None:
            names = {self._components[slug].name for slug in query.services & services.keys()}
        overall = STATUSES[self._overall_by_regions(codes)].common
        parts = [
            f'"overallStatus":"{overall}"',
            f'"lastUpdated":"{iso(self._state.built_at)}"',
            f'"services":[{",".join(chosen)}]',
            f'"incidents":[{_joined(self._incidents if query.incidents else [], query, names)}]',
            f'"maintenanceWindows":[{_joined(self._windows, query, names)}]',
        ]
        if query.metrics:
            parts.append(f'"metrics":{compact(objects.metrics(self._state, codes))}')
        if warnings := self._warnings(query):
            parts.append(f'"warnings":{compact(warnings)}')
        return f"{{{','.join(parts)}}}".encode("utf-8", "replace")

    def service_dependencies(self) -> bytes:
        """Return the dependencies (T26, T27)."""
        return self._dependencies.encode("utf-8", "replace")

    def history(self, query: SystemStatusRequest, *, days: int) -> bytes:
        """Return each day (T36) of the last `days`, oldest first."""
        body: HistoryJson = {
            "days": days,
            "lastUpdated": iso(self._state.built_at),
            "services": [
                objects.history(component, self._state, days)
                for slug, component in self._components.items()
                if _is_chosen(query.services, slug)
            ],
        }
        if warnings := self._warnings(query):
            body["warnings"] = warnings
        return compact(body).encode("utf-8", "replace")

    def _encode_services(self, regions: frozenset[str] | None) -> dict[str, str]:
        return {
            slug: compact(objects.service(component, self._status(component, regions), regions))
            for slug, component in self._components.items()
        }

    def _overall_of(self, regions: frozenset[str] | None) -> Status:
        """Return the platform's status from these regions; unknown where nothing is watched."""
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
        in_progress = any(
            window.state == WindowState.IN_PROGRESS and _concerns(window.regions, regions)
            for window in self._state.windows
        )
        status = overall_status(members, window_in_progress=in_progress).status
        if regions.isdisjoint(self._watched) and status.rank < Status.UNKNOWN.rank:
            return Status.UNKNOWN
        return status

    def _status(self, component: ComponentView, regions: frozenset[str] | None) -> Status:
        """Return a service's status, by the component rule, from these regions alone.

        A person's word and a window hold in every region that there is. Evidence holds where it
        was seen: of a service that is watched from other regions alone nothing is known in these.
        """
        if regions is None:
            return component.status
        if not regions:
            return Status.UNKNOWN  # whatever was asked for, it is nowhere
        held = component.by_hand or component.status is Status.MAINTENANCE
        if held or not component.regions:
            return component.status
        declared = [
            Declaration(incident.title, status)
            for incident in self._state.incidents
            if _concerns(incident.regions, regions)
            for name, status in incident.impacts
            if name == component.name
        ]
        votes = [
            MonitorVote(component.name, each.code, _VERDICTS[each.status], "")
            for each in component.regions
            if each.code in regions
        ] or [MonitorVote(component.name, code, Verdict.UNKNOWN, "") for code in regions]
        evidence = Evidence(declarations=tuple(declared), votes=tuple(votes))
        return component_status(evidence).status

    def _warnings(self, query: SystemStatusRequest) -> list[str]:
        """Return what was asked for and is not there; nor is what is hidden (T07)."""
        services = sorted((query.services or frozenset()) - self._components.keys())
        regions = query.regions or frozenset()
        return [
            *(f"There is no service “{_short(slug)}”." for slug in services),
            *(f"There is no region “{_short(code)}”." for code in sorted(regions - self._codes)),
            *(
                f"Nothing is watched from “{code}”: what happens there is unknown."
                for code in sorted((regions & self._codes) - self._watched)
            ),
            *self._unwatched_warning(query, regions & self._watched),
        ]

    def _unwatched_warning(
        self, query: SystemStatusRequest, regions: frozenset[str]
    ) -> Iterator[str]:
        """Say which services are watched, but from none of these regions, where others are."""
        names = [
            component.name
            for slug, component in self._components.items()
            if _is_chosen(query.services, slug)
            and component.regions
            and regions.isdisjoint(each.code for each in component.regions)
        ]
        if regions and names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            yield f"Not watched from there, so unknown: {', '.join(names[:_NAMED])}{more}."


def service_dependencies(state: PageState) -> ServiceDependenciesJson:
    """Return them by display name (T27), of which no two are the same."""
    return {
        component.name: {
            "dependencies": list(component.needs),
            "status": STATUSES[component.status].common,
        }
        for component in state.components
    }


def _is_chosen(chosen: frozenset[str] | None, slug: str) -> bool:
    return chosen is None or slug in chosen


def _concerns(named: Sequence[str], regions: frozenset[str] | None) -> bool:
    """Whether what names these regions (none: all) has to do with the requested ones."""
    return regions is None or not named or not regions.isdisjoint(named)


def _joined(
    pieces: Iterable[tuple[IncidentView | WindowView, str]],
    query: SystemStatusRequest,
    names: set[str] | None,
) -> str:
    """Join those incidents or windows that have to do with what was asked for."""
    return ",".join(
        piece
        for view, piece in pieces
        if _concerns(view.regions, query.regions)
        and (names is None or not view.components or not names.isdisjoint(view.components))
    )


def _short(text: str) -> str:
    return text[:60]
