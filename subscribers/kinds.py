"""The journal kinds of telling people. None is public, and none names an address."""

from components.kinds import declare

ALERT_ACKNOWLEDGED = declare(
    "alert.acknowledged",
    public=False,
    meaning="Somebody looks after an alert; no more reminders are sent: {alert_id, name}.",
)
ENDPOINT_SUSPENDED = declare(
    "endpoint.suspended",
    public=False,
    meaning="A subscriber's endpoint kept failing and is sent nothing more: {subscriber_id, "
    "reason}.",
)
ENDPOINT_GONE = declare(
    "endpoint.gone",
    public=False,
    meaning="A subscriber's endpoint answered 410, which ends the subscription: {subscriber_id}.",
)
