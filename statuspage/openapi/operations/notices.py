"""Deliveries and operators' alerts."""

from typing import Any

from statuspage.api.views.deliveries import (
    AlertFilters,
    AlertJson,
    AlertListJson,
    DeliveryFilters,
    DeliveryListJson,
    RedeliveryJson,
)
from statuspage.openapi.operation import Operation

_READ: dict[str, Any] = {"tag": "deliveries and alerts", "scope": "subscribers:read"}
_WRITE: dict[str, Any] = {"tag": "deliveries and alerts", "scope": "subscribers:write"}

OPERATIONS = {
    "GET /api/v1/deliveries": Operation(
        id="list_deliveries", summary="Who was told what and when, newest first",
        query=DeliveryFilters, responses={200: DeliveryListJson}, **_READ,
        description="Addresses are masked unless the token has the scope `subscribers:write`.",
    ),
    "POST /api/v1/deliveries/{id}/redeliver": Operation(
        id="redeliver", summary="Send a copy again", responses={202: RedeliveryJson},
        problems=frozenset({400}), **_WRITE,
    ),
    "GET /api/v1/alerts": Operation(
        id="list_alerts", summary="Operators' alerts, newest first", query=AlertFilters,
        responses={200: AlertListJson}, **_READ,
    ),
    "POST /api/v1/alerts/{id}/acknowledge": Operation(
        id="acknowledge_alert", summary="Say that somebody looks after it",
        responses={200: AlertJson}, **_WRITE,
    ),
}  # fmt: skip
