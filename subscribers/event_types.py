"""The journal kinds of telling people. None is public, and none names an address."""

from components.journal.event_types import declare

ALERT_ACKNOWLEDGED = declare(
    "alert.acknowledged",
    public=False,
    meaning="Somebody looks after an alert; no more reminders are sent: {alert_id, name}.",
)
DELIVERIES_HELD = declare(
    "deliveries.held",
    public=False,
    meaning="Subscribers are sent nothing until somebody says so, because the store seems to be "
    "restored from a backup: {reason}.",
)
DELIVERIES_RELEASED = declare(
    "deliveries.released",
    public=False,
    meaning="Somebody said what is to become of the messages that were held: {sent, count}.",
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
SUBSCRIBER_CONFIRMED = declare(
    "subscriber.confirmed", public=False,
    meaning="Somebody confirmed that they want to be told: {subscriber_id, channel}.",
)  # fmt: skip
SUBSCRIBER_CHANGED = declare(
    "subscriber.changed", public=False,
    meaning="A subscriber chose anew what to hear of: {subscriber_id, channel}.",
)  # fmt: skip
SUBSCRIBER_LEFT = declare(
    "subscriber.left", public=False,
    meaning="A subscriber wants to hear no more: {subscriber_id, channel}.",
)  # fmt: skip
SUBSCRIBER_ERASED = declare(
    "subscriber.erased", public=False,
    meaning="All that was known of one person was erased: {subscriber_ids}.",
)  # fmt: skip
SUBSCRIBERS_IMPORTED = declare(
    "subscribers.imported", public=False,
    meaning="Subscribers were brought in from elsewhere: {created, updated, refused}.",
)  # fmt: skip
