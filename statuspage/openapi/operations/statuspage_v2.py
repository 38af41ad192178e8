"""The JSON of Statuspage v2 (contract S)."""

from typing import Any

from statuspage.openapi.operation import Operation
from statuspage.openapi.shapes import statuspage_v2 as shapes


def _read(name: str, summary: str, shape: Any) -> Operation:
    return Operation(id=f"v2_{name}", summary=summary, tag="statuspage v2", told={200: shape})


OPERATIONS = {
    "GET /api/v2/summary.json": _read("summary", "All of it", shapes.V2Summary),
    "GET /api/v2/status.json": _read("status", "The overall status", shapes.V2PageStatus),
    "GET /api/v2/components.json": _read("components", "Components", shapes.V2Components),
    "GET /api/v2/incidents.json": _read("incidents", "The newest 50", shapes.V2Incidents),
    "GET /api/v2/incidents/unresolved.json": _read(
        "unresolved_incidents", "Those that are not resolved", shapes.V2Incidents
    ),
    "GET /api/v2/scheduled-maintenances.json": _read(
        "maintenances", "The newest 50", shapes.V2Windows
    ),
    "GET /api/v2/scheduled-maintenances/upcoming.json": _read(
        "upcoming_maintenances", "Those to come", shapes.V2Windows
    ),
    "GET /api/v2/scheduled-maintenances/active.json": _read(
        "active_maintenances", "Those in progress", shapes.V2Windows
    ),
}
