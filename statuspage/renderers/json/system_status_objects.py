"""The objects of the system status API, each declared beside the function that writes it."""

from datetime import date, datetime, timedelta
from typing import Annotated, NotRequired, TypedDict

from components.dialect_words import SEVERITIES, STATUSES, CommonStatus, SystemSeverity
from components.status import Status
from components.uptime.layers import Policy
from components.uptime.periods import CELL_NEEDS, day_length, day_start, uptime_percent
from components.values.instants import iso
from components.values.json_types import Date, Instant, OneOf
from incidents.workflow import IncidentState
from maintenance.lifecycle import Impact, WindowState
from statuspage.renderers.html.numbers import floor_percent
from statuspage.renderers.html.plain_text import plain_text
from statuspage.state.figures import figures_of
from statuspage.state.page_state import (
    ComponentView,
    Day,
    IncidentView,
    PageState,
    WindowView,
)


class ServiceRegionJson(TypedDict):
    region: str
    status: CommonStatus
    latency: float | None


class SystemServiceJson(TypedDict):
    """`responseTime` is absent when nothing measured; with less than an hour of known time `uptime`
    is 100 and `uptimeKnown` false. `basis` says what it follows."""

    id: str
    name: str
    status: CommonStatus
    uptime: float
    uptimeKnown: bool
    basis: Annotated[str, OneOf(Policy)]
    responseTime: NotRequired[float]
    lastIncident: Instant | None
    description: str
    regions: list[ServiceRegionJson]


def service(
    component: ComponentView, status: Status, regions: frozenset[str] | None
) -> SystemServiceJson:
    """Return a service; `regions` limits what is shown of it, None is all."""
    shown = [each for each in component.regions if regions is None or each.code in regions]
    measured = [each.latency_ms for each in shown if each.latency_ms is not None]
    body: SystemServiceJson = {
        "id": component.slug,
        "name": component.name,
        "status": STATUSES[status].common,
        "uptime": 100.0 if component.uptime is None else floor_percent(component.uptime),
        "uptimeKnown": component.uptime is not None,
        "basis": component.basis.value,
        "responseTime": round(sum(measured) / len(measured), 1) if measured else 0.0,
        "lastIncident": iso(component.last_incident_at) if component.last_incident_at else None,
        "description": component.description,
        "regions": [
            {
                "region": each.code,
                "status": STATUSES[each.status].common,
                "latency": each.latency_ms,
            }
            for each in shown
        ],
    }
    if not measured:
        del body["responseTime"]
    return body


class SystemIncidentJson(TypedDict):
    id: str
    title: str
    status: Annotated[str, OneOf(IncidentState)]
    severity: SystemSeverity
    startedAt: Instant
    updatedAt: Instant
    affectedServices: list[str]
    affectedRegions: list[str]
    description: str


def incident(view: IncidentView) -> SystemIncidentJson:
    """Return an incident."""
    latest = view.updates[0] if view.updates else None
    updated = view.resolved_at or (latest.created_at if latest else view.started_at)
    return {
        "id": view.reference or str(view.id),
        "title": view.title,
        "status": view.status,
        "severity": SEVERITIES[view.severity].system,
        "startedAt": iso(view.started_at),
        "updatedAt": iso(max(updated, latest.created_at) if latest else updated),
        "affectedServices": list(view.components),
        "affectedRegions": list(view.regions),
        "description": plain_text(latest.message) if latest else "",
    }


class SystemWindowJson(TypedDict):
    id: str
    title: str
    startTime: Instant
    endTime: Instant
    affectedServices: list[str]
    impact: Annotated[str, OneOf(Impact)]
    status: Annotated[str, OneOf(WindowState)]


def window(view: WindowView) -> SystemWindowJson:
    """Return a maintenance window."""
    return {
        "id": view.reference or str(view.id),
        "title": view.title,
        "startTime": iso(view.starts_at),
        "endTime": iso(view.ends_at),
        "affectedServices": list(view.components),
        "impact": view.impact,
        "status": view.state,
    }


class ApiRequestsJson(TypedDict):
    total: int
    successful: int
    failed: int
    averageResponseTime: float


class NetworkThroughputJson(TypedDict):
    inbound: str
    outbound: str


class ResourceUsageJson(TypedDict):
    cpuUtilization: float
    memoryUtilization: float
    storageUsage: float
    networkThroughput: NetworkThroughputJson


class GpuClustersJson(TypedDict):
    totalClusters: int
    activeClusters: int
    averageUtilization: float
    queueLength: int


class SystemMetricsJson(TypedDict):
    apiRequests: ApiRequestsJson
    resourceUsage: ResourceUsageJson
    gpuClusters: GpuClustersJson


def metrics(state: PageState, regions: frozenset[str] | None) -> SystemMetricsJson:
    """Return the figures that listeners and readers have reported, in these regions alone."""
    figures = (
        state.figures
        if regions is None
        else figures_of(one for one in state.readers if one.region in regions)
    )
    return {
        "apiRequests": {
            "total": figures.requests_total,
            "successful": figures.requests_total - figures.requests_failed,
            "failed": figures.requests_failed,
            "averageResponseTime": figures.average_ms,
        },
        "resourceUsage": {
            "cpuUtilization": figures.cpu,
            "memoryUtilization": figures.memory,
            "storageUsage": figures.storage,
            "networkThroughput": {"inbound": figures.inbound, "outbound": figures.outbound},
        },
        "gpuClusters": {
            "totalClusters": figures.clusters,
            "activeClusters": figures.active_clusters,
            "averageUtilization": figures.utilization,
            "queueLength": figures.queue_length,
        },
    }


class HistoryDayJson(TypedDict):
    """Null is what nothing is known of."""

    date: Date
    status: CommonStatus | None
    uptime: float | None


class ServiceHistoryJson(TypedDict):
    id: str
    name: str
    basis: Annotated[str, OneOf(Policy)]
    days: list[HistoryDayJson]


def history(component: ComponentView, state: PageState, days: int) -> ServiceHistoryJson:
    """Return each of a service's last `days`, oldest first."""
    notable = {day.on: day for day in component.days}
    first = state.today - timedelta(days=days - 1)
    return {
        "id": component.slug,
        "name": component.name,
        "basis": component.basis.value,
        "days": [
            _day(component, notable, state.built_at, first + timedelta(days=number))
            for number in range(days)
        ],
    }


def _day(
    component: ComponentView, notable: dict[date, Day], now: datetime, on: date
) -> HistoryDayJson:
    """Return one day; what nothing is known of has no status and no uptime."""
    known_from = component.known_from
    if known_from is None and component.first_known_on is not None:
        # A snapshot of an earlier release tells the day only.
        known_from = day_start(component.first_known_on)
    if known_from is None or on < known_from.date():
        return {"date": on.isoformat(), "status": None, "uptime": None}
    day = notable.get(on) or Day(on, Status.OPERATIONAL, {})
    length = day_length(on, known_from=known_from, end=now)
    recorded = sum(day.seconds.values())
    spent = {Status.OPERATIONAL: max(0.0, length - recorded), **day.seconds}
    uptime = uptime_percent(spent, maintenance_counts=component.maintenance_counts)
    known = length - day.seconds.get(Status.UNKNOWN, 0)
    nothing_known = day.status is Status.UNKNOWN and known < CELL_NEEDS
    return {
        "date": on.isoformat(),
        "status": None if nothing_known else STATUSES[day.status].common,
        "uptime": None if uptime is None else floor_percent(uptime),
    }
