"""Operations for alerts from elsewhere."""

from pydantic import BaseModel, ConfigDict

from statuspage.api.views.incoming.alerts import AlertsTakenJson
from statuspage.openapi.operation import Operation


class AlertMessage(BaseModel):
    """A message in the form of the format that the address names."""

    model_config = ConfigDict(extra="allow")


_MESSAGE = {
    "version": "4",
    "alerts": [{
        "status": "firing",
        "labels": {"alertname": "ShopDown", "severity": "critical"},
        "annotations": {"summary": "The shop does not answer."},
        "startsAt": "2026-11-30T12:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "1a30ba71cca2921f",
    }],
}  # fmt: skip

_TAKEN = {"accepted": 1, "opened": 1, "resolved": 0, "unmatched": 0}

OPERATIONS = {
    "POST /api/v1/alerts/{format}": Operation(
        id="route_alerts", summary="Send the alerts of another system, for any component",
        tag="monitors", scope="alerts:write", body=AlertMessage, request_example=_MESSAGE,
        responses={202: AlertsTakenJson}, response_example=_TAKEN,
        description="The first rule whose labels match says which component an alert is about, and"
        " what it means. Alerts that no rule matches are kept, the last 100, and counted as"
        " `unmatched`. Apart from that as for one monitor.",
    ),
    "POST /api/v1/monitors/{id}/alerts/{format}": Operation(
        id="send_alerts", summary="Send the alerts of another system", tag="monitors",
        scope="alerts:write", body=AlertMessage, request_example=_MESSAGE,
        responses={202: AlertsTakenJson},
        response_example=_TAKEN,
        description="For monitors of the kind `external`. The same message again changes nothing."
        " The same JSON is taken as `text/plain`, as Amazon SNS sends it."
        " 429: 1,000 alerts of this monitor fire already; what found a place is stored. It is taken"
        " while a maintenance window blocks the API.",
    ),
}  # fmt: skip
