"""The JSON of Statuspage v2 (contract S)."""

from typing import Any

from statuspage.openapi.operation import Operation
from statuspage.renderers.json import statuspage_v2


def _read(name: str, summary: str, response: Any) -> Operation:
    return Operation(
        id=f"v2_{name}", summary=summary, tag="statuspage v2", responses={200: response}
    )


OPERATIONS = {
    "GET /api/v2/summary.json": _read("summary", "All of it", statuspage_v2.V2SummaryJson),
    "GET /api/v2/status.json": _read(
        "status", "The overall status", statuspage_v2.V2PageStatusJson
    ),
    "GET /api/v2/components.json": _read(
        "components", "Components", statuspage_v2.V2ComponentsJson
    ),
    "GET /api/v2/incidents.json": _read(
        "incidents", "The newest 50", statuspage_v2.V2IncidentsJson
    ),
    "GET /api/v2/incidents/unresolved.json": _read(
        "unresolved_incidents", "Those that are not resolved", statuspage_v2.V2IncidentsJson
    ),
    "GET /api/v2/scheduled-maintenances.json": _read(
        "maintenances", "The newest 50", statuspage_v2.V2WindowsJson
    ),
    "GET /api/v2/scheduled-maintenances/upcoming.json": _read(
        "upcoming_maintenances", "Those to come", statuspage_v2.V2WindowsJson
    ),
    "GET /api/v2/scheduled-maintenances/active.json": _read(
        "active_maintenances", "Those in progress", statuspage_v2.V2WindowsJson
    ),
}
