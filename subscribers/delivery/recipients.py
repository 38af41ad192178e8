"""Whom a delivery goes to: a subscriber's address, or a channel of operators' alerts, opened only
for the moment of sending."""

from datetime import datetime

from subscribers.channels.base import Recipient
from subscribers.delivery.endpoint_health import signing_secrets
from subscribers.enums import Kind
from subscribers.models import AlertChannel, Delivery, Notice, Subscriber
from subscribers.tokens import links


class NoRecipientError(Exception):
    """There is nobody to send it to any more; the message says why."""


def recipient_of(row: Delivery, notice: Notice, *, now: datetime) -> Recipient:
    """Raises NobodyError; SecretError when the address cannot be read."""
    if row.alert_channel is not None:
        return _operators(row.alert_channel)
    if row.subscriber is None:
        raise NoRecipientError("left since")
    # Whoever left and signs up again is asked first.
    if row.subscriber.unsubscribed_at is not None and notice.kind != Kind.SERVICE:
        raise NoRecipientError("left since")
    return _subscriber(row.subscriber, now=now)


def _operators(channel: AlertChannel) -> Recipient:
    if not channel.enabled or channel.address is None:
        raise NoRecipientError("the channel was switched off")
    return Recipient(
        channel.address.reveal(),
        secrets=(channel.secret.reveal(),) if channel.secret else (),
    )


def _subscriber(person: Subscriber, *, now: datetime) -> Recipient:
    if person.address is None:
        raise NoRecipientError("left since")
    return Recipient(
        person.address.reveal(),
        links=links(person),
        format=person.format,
        secrets=signing_secrets(person, now=now),
    )
