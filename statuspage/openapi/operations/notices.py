"""Deliveries and operators' alerts."""

from typing import Any

from statuspage.api.views.deliveries import AlertFilters, DeliveryFilters
from statuspage.openapi.operation import Operation
from statuspage.openapi.shapes import monitors as shapes

_READ: dict[str, Any] = {"tag": "deliveries and alerts", "scope": "subscribers:read"}
_WRITE: dict[str, Any] = {"tag": "deliveries and alerts", "scope": "subscribers:write"}

OPERATIONS = {
    "GET /api/v1/deliveries": Operation(
        id="list_deliveries", summary="Who was told what and when, newest first",
        query=DeliveryFilters, told={200: shapes.DeliveryList}, **_READ,
        description="Addresses are masked unless the token has the scope `subscribers:write`.",
    ),
    "POST /api/v1/deliveries/{id}/redeliver": Operation(
        id="redeliver", summary="Send a copy again", told={202: shapes.Redelivery},
        refuses=frozenset({400}), **_WRITE,
    ),
    "GET /api/v1/alerts": Operation(
        id="list_alerts", summary="Operators' alerts, newest first", query=AlertFilters,
        told={200: shapes.AlertList}, **_READ,
    ),
    "POST /api/v1/alerts/{id}/acknowledge": Operation(
        id="acknowledge_alert", summary="Say that somebody looks after it",
        told={200: shapes.Alert}, **_WRITE,
    ),
}  # fmt: skip
