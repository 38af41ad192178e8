"""The recipient of a delivery: a subscriber, or a channel of operators' alerts, unsealed only
for the moment of sending."""

from dataclasses import replace
from datetime import datetime

from subscribers.channels.base import EMAIL, Recipient
from subscribers.delivery.bounces.addresses import delivery_token, return_path
from subscribers.delivery.endpoint_health import signing_secrets
from subscribers.enums import Kind
from subscribers.models import AlertChannel, Delivery, Notice, Subscriber
from subscribers.tokens import links


class NoRecipientError(Exception):
    """There is no recipient any more; the message says why."""


def recipient_of(row: Delivery, notice: Notice, *, now: datetime) -> Recipient:
    """Return the recipient. Raises NoRecipientError; SecretError for an unreadable address."""
    if row.alert_channel is not None:
        return _with_return_path(row, _alert_recipient(row.alert_channel))
    if row.subscriber is None:
        raise NoRecipientError("left since")
    # One who left and signs up again is asked first.
    if row.subscriber.unsubscribed_at is not None and notice.kind != Kind.SERVICE:
        raise NoRecipientError("left since")
    return _with_return_path(row, _subscriber_recipient(row.subscriber, now=now))


def _with_return_path(row: Delivery, recipient: Recipient) -> Recipient:
    if row.channel != EMAIL:
        return recipient
    token = delivery_token(row)
    return replace(recipient, token=token, return_path=return_path(token))


def _alert_recipient(channel: AlertChannel) -> Recipient:
    if not channel.enabled or channel.address is None:
        raise NoRecipientError("the channel was switched off")
    return Recipient(
        channel.address.reveal(),
        secrets=(channel.secret.reveal(),) if channel.secret else (),
    )


def _subscriber_recipient(subscriber: Subscriber, *, now: datetime) -> Recipient:
    if subscriber.address is None:
        raise NoRecipientError("left since")
    return Recipient(
        subscriber.address.reveal(),
        links=links(subscriber),
        format=subscriber.format,
        secrets=signing_secrets(subscriber, now=now),
    )
