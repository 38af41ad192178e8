"""Operation for numbers that are sent."""

from statuspage.api.views.incoming.numbers import NumberBody, NumberTakenJson
from statuspage.openapi.operation import Operation

OPERATIONS = {
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
