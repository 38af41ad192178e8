"""Bounces that a mail provider reports by its webhooks, read by Anymail (an extra).

A webhook has signed in by STATUSPAGE_MAIL_WEBHOOK_SECRET before anything is read, so an event that
names a recipient and no token of ours, from a provider that keeps none, is believed as well.
"""

import logging
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError

from subscribers.channels.kinds.email import PROVIDER_TOKEN
from subscribers.delivery.bounces.addresses import InvalidTokenError, delivery_of
from subscribers.delivery.bounces.rules import status_in
from subscribers.delivery.bounces.service import (
    UnknownDeliveryError,
    last_delivery_to,
    record_bounce,
)
from subscribers.models import Delivery
from subscribers.services import unsubscribe

log = logging.getLogger(__name__)

_FAILED = frozenset({"bounced", "rejected"})
_DEAD = frozenset({"invalid", "bounced"})
_SOFT = frozenset({"timed_out"})


def connect() -> None:
    """Listen to Anymail's signal; for the process that serves its webhooks."""
    from anymail.signals import tracking  # noqa: PLC0415  (an extra)

    tracking.connect(on_tracking_event, dispatch_uid="statuspage.bounces")


def on_tracking_event(event: Any, **_: Any) -> None:
    """Store a bounce, or the end of a subscription, as Anymail's signal `tracking` tells of it.

    An event of a mail that is not known here is no error: a provider would send it again for days.
    """
    if event.event_type not in _FAILED | {"complained", "unsubscribed"}:
        return
    now = datetime.now(UTC)
    try:
        row = _delivery(event, now=now)
    except (InvalidTokenError, UnknownDeliveryError, ValidationError) as error:
        log.info("an event of the mail provider is left out: %s", error)
        return
    if event.event_type in _FAILED:
        words = str(event.mta_response or event.description or "")
        record_bounce(row, _status(event, words), words, now=now)
    elif row.subscriber is not None:
        # Who calls our mail spam, or unsubscribes with the provider, wants no more of it.
        unsubscribe(row.subscriber, now=now)


def _delivery(event: Any, *, now: datetime) -> Delivery:
    token = (event.metadata or {}).get(PROVIDER_TOKEN)
    if token:
        return delivery_of(str(token), now=now)
    return last_delivery_to(str(event.recipient or ""), now=now)


def _status(event: Any, words: str) -> str:
    """Return the status that the receiving server gave, or what Anymail's reason stands for."""
    if status := status_in(words):
        return status
    if event.reject_reason in _DEAD:
        return "5.1.0"
    return "5.4.7" if event.reject_reason in _SOFT else "5.7.0"
