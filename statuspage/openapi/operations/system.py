"""The system status API (contract T)."""

from typing import Any

from statuspage.openapi.operation import Operation
from statuspage.openapi.shapes import system_status as shapes

_READ: dict[str, Any] = {"tag": "system status", "scope": "status:read"}
_NEEDS = {
    "type": "object",
    "description": "By display name, and nothing else at the top level (T27).",
    "additionalProperties": shapes.ServiceNeeds,
}

OPERATIONS = {
    "GET /v2/monitoring/system-status": Operation(
        id="get_system_status", summary="The platform's status, filtered",
        query=shapes.SystemStatusQuery, told={200: shapes.SystemStatus}, **_READ,
        description="Lists may be written `a,b`, `services=a&services=b` or `services[]=a`."
        " What is asked for and not there is named in `warnings`.",
    ),
    "GET /v2/monitoring/service-dependencies": Operation(
        id="get_service_dependencies", summary="What each service needs", told={200: _NEEDS},
        example={"API": {"dependencies": ["Database"], "status": "operational"}}, **_READ,
        refuses=frozenset({400}),
    ),
    "GET /v2/monitoring/history": Operation(
        id="get_history", summary="Each day of the last 90", query=shapes.HistoryQuery,
        told={200: shapes.History}, **_READ,
    ),
}  # fmt: skip
