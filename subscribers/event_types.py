"""The journal kinds of telling people. None is public, and none names an address."""

from components.journal.event_types import Moves, register

ALERT_ACKNOWLEDGED = register(
    "alert.acknowledged",
    public=False,
    meaning="Somebody acknowledged an alert; no more reminders are sent: {alert_id, name}.",
    moves=Moves.NOTHING,
)
CHANNEL_CHANGED = register(
    "alert_channel.changed",
    public=False,
    meaning="A channel of operators' alerts was made or edited: {channel_id, name, channel, "
    "enabled}; never its address.",
    moves=Moves.NOTHING,
)
CHANNEL_DELETED = register(
    "alert_channel.deleted",
    public=False,
    meaning="A channel of operators' alerts was deleted: {channel_id, name}.",
    moves=Moves.NOTHING,
)
ROUTE_CHANGED = register(
    "alert_route.changed",
    public=False,
    meaning="A route of operators' alerts was made or edited: {route_id, name, enabled, steps}.",
    moves=Moves.NOTHING,
)
ROUTE_DELETED = register(
    "alert_route.deleted",
    public=False,
    meaning="A route of operators' alerts was deleted: {route_id, name}.",
    moves=Moves.NOTHING,
)
DELIVERIES_HELD = register(
    "deliveries.held",
    public=False,
    meaning="Subscribers are sent nothing until somebody says so, because the store seems to be "
    "restored from a backup: {reason}.",
)
DELIVERIES_RELEASED = register(
    "deliveries.released",
    public=False,
    meaning="Somebody said what is to become of the messages that were held: {sent, count}.",
)
ENDPOINT_CHANGED = register(
    "endpoint.changed",
    public=False,
    meaning="Staff or its owner made, edited or lifted a subscriber's endpoint, or gave it a new "
    "signing secret: {subscriber_id, action}.",
    moves=Moves.NOTHING,
)
ENDPOINT_SUSPENDED = register(
    "endpoint.suspended",
    public=False,
    meaning="A subscriber's endpoint kept failing and is sent nothing more: {subscriber_id, "
    "reason}.",
)
ENDPOINT_GONE = register(
    "endpoint.gone",
    public=False,
    meaning="A subscriber's endpoint answered 410, which ends the subscription: {subscriber_id}.",
)
ALERT_CHANNEL_BOUNCED = register(
    "alert_channel.bounced",
    public=False,
    meaning="An alert by mail came back; the channel is sent alerts all the same: {channel_id, "
    "name, status}.",
    moves=Moves.NOTHING,
)
SUBSCRIBER_SUSPENDED = register(
    "subscriber.suspended",
    public=False,
    meaning="Mail to a subscriber came back, and nothing more is sent there: {subscriber_id, "
    "channel, reason}.",
    moves=Moves.NOTHING,
)
SUBSCRIBER_RESUMED = register(
    "subscriber.resumed",
    public=False,
    meaning="A suspension was lifted, by an operator, the endpoint's owner or a new sign-up: "
    "{subscriber_id, channel}.",
    moves=Moves.NOTHING,
)
SUBSCRIBER_CONFIRMED = register(
    "subscriber.confirmed",
    public=False,
    meaning="Somebody confirmed their subscription: {subscriber_id, channel}.",
    moves=Moves.NOTHING,
)
SUBSCRIBER_CHANGED = register(
    "subscriber.changed",
    public=False,
    meaning="A subscriber changed what they are notified about: {subscriber_id, channel}.",
    moves=Moves.NOTHING,
)
SUBSCRIBER_LEFT = register(
    "subscriber.left",
    public=False,
    meaning="Somebody unsubscribed: {subscriber_id, channel}.",
    moves=Moves.NOTHING,
)
SUBSCRIBER_ERASED = register(
    "subscriber.erased",
    public=False,
    meaning="All that was known of one person was erased: {subscriber_ids}.",
    moves=Moves.NOTHING,
)
SUBSCRIBERS_IMPORTED = register(
    "subscribers.imported",
    public=False,
    meaning="Subscribers were brought in from elsewhere: {created, updated, refused}.",
    moves=Moves.NOTHING,
)
