"""Operations for numbers that are sent."""

from statuspage.api.views.incoming.numbers import (
    NumberBody,
    NumberListJson,
    NumbersQuery,
    NumberTakenJson,
)
from statuspage.openapi.operation import Operation

OPERATIONS = {
    "GET /api/v1/monitors/{id}/numbers": Operation(
        id="list_numbers", summary="The numbers that were sent, over time", tag="monitors",
        scope="monitors:read", query=NumbersQuery, responses={200: NumberListJson},
        response_example={
            "measures": "queue length", "unit": "jobs", "value": 1240.0,
            "at": "2026-11-30T12:04:00Z", "span": "day",
            "rows": [{"start": "2026-11-30T12:00:00Z", "count": 2, "min": 38.0, "avg": 639.0,
                      "max": 1240.0}],
        },
        description="For monitors of the kind `number`: the newest number, and the numbers of the"
        " last 24 hours by ten minutes, of the last 7 days by the hour, or of the last 90 days by"
        " the day. Steps without a number are left out.",
    ),
    "POST /api/v1/monitors/{id}/numbers": Operation(
        id="send_number", summary="Send a number", tag="monitors", scope="alerts:write",
        body=NumberBody, request_example={"value": 1240, "at": "2026-11-30T12:00:00Z"},
        responses={202: NumberTakenJson},
        response_example={
            "status": "down", "reason": "queue length 1,240 is above 1,000", "new": True,
        },
        description="For monitors of the kind `number`, whose thresholds judge it at once. `at` is"
        " when it was measured, later than that of the number before, not in the future and not so"
        " long ago that it counts no more. The same number of the same time again changes nothing."
        " It is taken while a maintenance window blocks the API.",
    ),
}  # fmt: skip
