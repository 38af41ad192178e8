"""Deliveries and operators' alerts."""

from typing import Any

from statuspage.api.views.bounces import BounceJson, BounceSerializer
from statuspage.api.views.deliveries import (
    AlertFilters,
    AlertJson,
    AlertListJson,
    DeliveryFilters,
    DeliveryListJson,
    RedeliveryJson,
)
from statuspage.openapi.operation import Operation, Text

_READ: dict[str, Any] = {"tag": "deliveries and alerts", "scope": "subscribers:read"}
_WRITE: dict[str, Any] = {"tag": "deliveries and alerts", "scope": "subscribers:write"}
_NOTIFICATION = """\
To: bounces+2s-t3xk2c-0123456789abcdef01234567@example.com
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; you@example.org
Action: failed
Status: 5.1.1
--b--
"""

OPERATIONS = {
    "GET /api/v1/deliveries": Operation(
        id="list_deliveries", summary="List deliveries, newest first",
        query=DeliveryFilters, responses={200: DeliveryListJson}, **_READ,
        description="Addresses are masked unless the token has the scope `subscribers:write`.",
    ),
    "POST /api/v1/deliveries/{id}/redeliver": Operation(
        id="redeliver", summary="Send a copy again", responses={202: RedeliveryJson},
        problems=frozenset({400}), **_WRITE,
    ),
    "POST /api/v1/bounces": Operation(
        id="report_bounce", summary="Report a mail that came back",
        tag="deliveries and alerts", scope="bounces:write",
        body=(BounceSerializer, Text("message/rfc822", _NOTIFICATION)),
        request_example={"return_path": "bounces+2s-t3xk2c-0123456789abcdef01234567@example.com",
                         "status": "5.1.1", "diagnostic": "550 5.1.1 User unknown"},
        responses={200: BounceJson},
        response_example={"result": "recorded", "delivery_id": 100, "kind": "hard",
                          "suspended": True},
        problems=frozenset({404}),
        description="As JSON, or the notification (RFC 3464) as it came. A hard bounce suspends the"
        " address, a fifth soft one within seven days does too. The same report again changes"
        " nothing. It is taken in while a maintenance window blocks the API.",
    ),
    "GET /api/v1/alerts": Operation(
        id="list_alerts", summary="Operators' alerts, newest first", query=AlertFilters,
        responses={200: AlertListJson}, **_READ,
    ),
    "POST /api/v1/alerts/{id}/acknowledge": Operation(
        id="acknowledge_alert", summary="Acknowledge an alert",
        responses={200: AlertJson}, **_WRITE,
    ),
}  # fmt: skip
