"""Webhooks' signing secrets, and the suspension of endpoints that keep failing."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from components.journal import Event, record
from components.languages.words import msg
from components.secrets import Sealed
from components.values.instants import iso
from subscribers import event_types
from subscribers.channels.base import EMAIL, Outcome, SendStatus
from subscribers.channels.registry import channels
from subscribers.channels.signing import new_secret
from subscribers.delivery.bounces.service import record_refusal
from subscribers.delivery.fanout import create_notice
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind, State
from subscribers.message import Facts, our_text, our_words
from subscribers.models import Delivery, Endpoint, Subscriber, Suspension

_SUSPENDED = msg("Nothing more is sent there, because it kept failing: {reason}")
ROTATION = timedelta(days=1)
"""How long the former secret signs as well."""
MAX_FAILURES = 3
"""Deliveries in a row that failed for good after which an endpoint is suspended."""


def is_endpoint(subscriber: Subscriber) -> bool:
    """Return whether its recipient is a program rather than a person, as far as is known."""
    channel = channels().get(subscriber.channel)
    return channel is None or channel.is_endpoint


def is_signed(subscriber: Subscriber) -> bool:
    """Return whether messages to it are signed."""
    channel = channels().get(subscriber.channel)
    return channel is not None and channel.signs


def endpoint_of(subscriber: Subscriber) -> Endpoint:
    """Return the webhook's endpoint; created with its secret when first needed."""
    endpoint: Endpoint | None = getattr(subscriber, "endpoint", None)
    if endpoint is None:
        first: dict[str, Any] = {"secret": Sealed.of(new_secret())}
        endpoint, _ = Endpoint.objects.get_or_create(subscriber=subscriber, defaults=first)
    return endpoint


def signing_secrets(subscriber: Subscriber, *, now: datetime) -> tuple[str, ...]:
    """Return what its messages are signed with, the newest first. Raises SecretError."""
    if not is_signed(subscriber):
        return ()
    endpoint = endpoint_of(subscriber)
    secrets = [endpoint.secret.reveal()]
    if endpoint.former_secret and endpoint.former_until and now < endpoint.former_until:
        secrets.append(endpoint.former_secret.reveal())
    return tuple(secrets)


def owner_of(subscriber: Subscriber) -> Subscriber | None:
    """Return who gets a notice when it is suspended, confirmed or not; None if not known."""
    endpoint = Endpoint.objects.filter(subscriber=subscriber).select_related("owner").first()
    return endpoint.owner if endpoint else None


def endpoint_changed(subscriber: Subscriber, action: str, *, actor: str = "") -> Event:
    """Return the event of what was done to an endpoint, and by whom."""
    data = {"subscriber_id": subscriber.pk, "action": action}
    return Event(event_types.ENDPOINT_CHANGED, data, subject_id=subscriber.pk, actor=actor)


def rotate(subscriber: Subscriber, *, now: datetime, actor: str = "") -> str:
    """Return a new secret, shown this once; for a day the former one signs as well."""
    secret = new_secret()
    with transaction.atomic():
        mine = Endpoint.objects.select_for_update().filter(pk=endpoint_of(subscriber).pk)
        endpoint = mine.get()
        endpoint.subscriber = subscriber  # who has read it before has it as it is now
        endpoint.former_secret, endpoint.former_until = endpoint.secret, now + ROTATION
        endpoint.secret = Sealed.of(secret)
        endpoint.save(update_fields=["secret", "former_secret", "former_until"])
        record(endpoint_changed(subscriber, "rotated", actor=actor))
    return secret


def apply_outcome(row: Delivery, outcome: Outcome, state: State, *, now: datetime) -> None:
    """Apply a delivery's outcome to its endpoint: 410 ends the subscription; one that kept
    failing for a day, or three times for good, is suspended and its owner notified. Mail that was
    refused for good is a bounce."""
    subscriber = row.subscriber
    if state is State.FAILED and row.channel == EMAIL:
        record_refusal(row, outcome, now=now)
    if subscriber is None or state is not State.FAILED or not is_endpoint(subscriber):
        return
    if outcome.status is SendStatus.GONE:
        _end_subscription(subscriber, now=now)
    elif keeps_failing(row, subscriber, temporary=outcome.status is SendStatus.TEMPORARY):
        suspend(subscriber, outcome.text or f"status {outcome.code}", now=now)


def keeps_failing(row: Delivery, subscriber: Subscriber, *, temporary: bool) -> bool:
    """Return whether an endpoint is to be suspended; `temporary`: it was tried for a day."""
    mine = Delivery.objects.filter(subscriber=subscriber)
    if mine.filter(state=State.SENT, ended_at__gte=row.created_at).exists():
        return False
    if temporary:
        return True
    last = mine.filter(ended_at__isnull=False).order_by("-ended_at", "-id")[:MAX_FAILURES]
    return [each.state for each in last] == [State.FAILED] * MAX_FAILURES


def _end_subscription(subscriber: Subscriber, *, now: datetime) -> None:
    with transaction.atomic():
        changed = Subscriber.objects.filter(pk=subscriber.pk, unsubscribed_at=None).update(
            unsubscribed_at=now
        )
        if changed:
            record(Event(event_types.ENDPOINT_GONE, {"subscriber_id": subscriber.pk}))


def suspend(subscriber: Subscriber, reason: str, *, now: datetime) -> None:
    """Suspend a subscriber until it is lifted; notify its owner, if one is known."""
    with transaction.atomic():
        row, is_new = Suspension.objects.get_or_create(
            subscriber=subscriber,
            lifted_at=None,
            defaults={"since": now, "reason": reason[:200]},
        )
        if not is_new:
            return
        waiting = Delivery.objects.filter(
            subscriber=subscriber, state__in=[State.QUEUED, State.RETRYING, State.HELD]
        )
        waiting.update(state=State.SUPPRESSED, due=None, reason="suspended", ended_at=now)
        _notify_owner(subscriber, row, now=now)
        data = {"subscriber_id": subscriber.pk, "reason": row.reason}
        record(Event(event_types.ENDPOINT_SUSPENDED, data))


def _notify_owner(subscriber: Subscriber, row: Suspension, *, now: datetime) -> None:
    owner = owner_of(subscriber)
    if owner is None or not owner.is_active:
        return
    facts = Facts(
        event="subscriber.suspended",
        headline=subscriber.masked,
        at=iso(now),
        url="",
        **our_words(message=our_text(_SUSPENDED, reason=row.reason)),
    )
    create_notice(
        key=f"suspension-{row.pk}",
        facts=facts,
        audience=Audience(Kind.SERVICE, only=owner.pk),
        at=now,
    )


def lift_suspensions(subscriber: Subscriber, *, now: datetime, actor: str = "") -> int:
    """Lift the suspensions of an address, for all that it is subscribed to; return how many."""
    with transaction.atomic():
        events = resume(subscriber, now=now, actor=actor)
        record(*events, at=now)
    return len(events)


def resume(subscriber: Subscriber, *, now: datetime, actor: str = "") -> list[Event]:
    """Lift the suspensions of an address; return the events to be recorded."""
    open_ones = Suspension.objects.filter(
        subscriber__address_digest=subscriber.address_digest, lifted_at=None
    )
    rows = [each.subscriber for each in open_ones.select_related("subscriber")]
    open_ones.update(lifted_at=now)
    return [
        Event(
            event_types.SUBSCRIBER_RESUMED,
            {"subscriber_id": row.pk, "channel": row.channel},
            subject_id=row.pk,
            actor=actor,
        )
        for row in rows
    ]


def suspension_of(subscriber: Subscriber) -> Suspension | None:
    """Return the suspension that is in force; None where there is none."""
    return next((each for each in subscriber.suspensions.all() if each.lifted_at is None), None)
