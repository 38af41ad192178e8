"""What becomes of a bounce: the ledger says so, and an address that is dead is sent nothing more.

A hard bounce suspends every subscription of the address; soft ones count, and suspend it when
several different mails came back within days. A suspension ends when an operator lifts it, or when
its owner signs up again and confirms. Operators' channels are never suspended: their alerts are
too important to be lost to one report, so the ledger, the journal and their list say it.

The same report again changes nothing, whoever sends it and however it comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from components.journal import Event, record
from components.secrets import SecretError
from subscribers import event_types
from subscribers.addresses import digests, normalise
from subscribers.channels.base import EMAIL, Outcome, SendStatus
from subscribers.delivery.bounces.addresses import VALID_FOR
from subscribers.delivery.bounces.rules import (
    SOFT_LIMIT,
    SOFT_PERIOD,
    bounce_kind,
    status_of_reply,
)
from subscribers.enums import BounceKind, State
from subscribers.models import Bounce, Delivery, Subscriber, Suspension
from subscribers.pages import subscribed_pages

_MAX_DIAGNOSTIC = 500
_WAITING = (State.QUEUED, State.RETRYING, State.HELD)
_KINDS = {
    BounceKind.HARD: "hard bounce",
    BounceKind.SOFT: "soft bounce",
    BounceKind.REFUSED: "refused, not because of the address",
}


class UnknownDeliveryError(LookupError):
    """There is no mail that a bounce could be of; the message says so."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a report."""

    delivery_id: int
    kind: BounceKind | None
    """None for a report of no failure."""
    is_new: bool
    suspended: bool
    """Whether the address is suspended by now."""


def delivery_by_id(pk: int) -> Delivery:
    """Return a mail that was sent. Raises UnknownDeliveryError."""
    row = Delivery.objects.filter(pk=pk, channel=EMAIL).select_related("subscriber").first()
    if row is None or row.state not in (State.SENT, State.SENDING, State.BOUNCED, State.FAILED):
        raise UnknownDeliveryError(f"No mail was sent by a delivery {pk}.")
    return row


def last_delivery_to(address: str, *, now: datetime) -> Delivery:
    """Return the last mail that was sent to an address. Raises UnknownDeliveryError, and
    ValidationError for what is no address."""
    rows = Delivery.objects.filter(
        subscriber__address_digest__in=digests(
            EMAIL, normalise(EMAIL, address), subscribed_pages()
        ),
        channel=EMAIL,
        state__in=[State.SENT, State.SENDING, State.BOUNCED],
        created_at__gt=now - VALID_FOR,
    )
    row = rows.select_related("subscriber").order_by("-id").first()
    if row is None:
        raise UnknownDeliveryError(
            f"No mail was sent to this address in the last {VALID_FOR.days} days."
        )
    return row


def record_bounce(row: Delivery, status: str, diagnostic: str, *, now: datetime) -> Result:
    """Store that a mail came back, and suspend its address if that is what it says.

    Raises ValueError for a malformed status.
    """
    kind = bounce_kind(status)
    if kind is None:
        return Result(row.pk, None, is_new=False, suspended=_is_suspended(row.subscriber))
    with transaction.atomic():
        is_new = _store(row, kind, status, _without_address(row, diagnostic), now=now)
        events: list[Event] = []
        if is_new and row.subscriber is not None:
            events = _suspend_if_dead(row.subscriber, kind, status, now=now)
        elif is_new and row.alert_channel is not None:
            channel = row.alert_channel
            data = {"channel_id": channel.pk, "name": channel.name, "status": status}
            events = [Event(event_types.ALERT_CHANNEL_BOUNCED, data, subject_id=channel.pk)]
        record(*events, at=now)
    return Result(row.pk, kind, is_new=is_new, suspended=_is_suspended(row.subscriber))


def record_refusal(row: Delivery, outcome: Outcome, *, now: datetime) -> None:
    """Store a mail server's final refusal of a mail as a bounce, if it is about the mailbox."""
    if outcome.status is not SendStatus.PERMANENT:
        return
    if status := status_of_reply(outcome.code, outcome.text):
        record_bounce(row, status, outcome.text, now=now)


def _store(row: Delivery, kind: BounceKind, status: str, words: str, *, now: datetime) -> bool:
    """Store a bounce and what the ledger says of it; return whether anything is new."""
    values = {"kind": kind, "status": status, "diagnostic": words}
    known, is_new = Bounce.objects.get_or_create(
        delivery=row,
        sent_as_of=row.created_at,
        defaults={"subscriber": row.subscriber, "at": now, **values},
    )
    if not is_new:
        # What was taken for passing may turn out to be final, never the other way round.
        worse = Bounce.objects.filter(pk=known.pk).exclude(kind=BounceKind.HARD)
        if kind is not BounceKind.HARD or not worse.update(**values):
            return False
    reason = f"{status} {_KINDS[kind]}"
    mine = Delivery.objects.filter(pk=row.pk, created_at=row.created_at)
    # A report may overtake the outcome of the sending itself, which then finds no lease.
    mine.filter(state__in=[State.SENT, State.SENDING, State.BOUNCED]).update(
        state=State.BOUNCED, reason=reason, due=None, lease="", leased_until=0, ended_at=now,
        last_response=words,
    )  # fmt: skip
    mine.filter(state=State.FAILED).update(reason=reason)
    return True


def _suspend_if_dead(
    subscriber: Subscriber, kind: BounceKind, status: str, *, now: datetime
) -> list[Event]:
    if kind is BounceKind.HARD:
        return suspend_address(subscriber, f"{status} hard bounce", now=now)
    if kind is BounceKind.SOFT and (count := _soft_bounces(subscriber, now=now)) >= SOFT_LIMIT:
        reason = f"{count} soft bounces within {SOFT_PERIOD.days} days, the last {status}"
        return suspend_address(subscriber, reason, now=now)
    return []


def _soft_bounces(subscriber: Subscriber, *, now: datetime) -> int:
    """Return how many mails to an address came back lately, since it was last given a chance."""
    same = _same_address(subscriber)
    lifted = Suspension.objects.filter(subscriber__in=same).aggregate(Max("lifted_at"))
    since = max(now - SOFT_PERIOD, lifted["lifted_at__max"] or now - SOFT_PERIOD)
    bounces = Bounce.objects.filter(subscriber__in=same, kind=BounceKind.SOFT, at__gt=since)
    return bounces.count()


def suspend_address(subscriber: Subscriber, reason: str, *, now: datetime) -> list[Event]:
    """Suspend all subscriptions of a mail address; return the events to be recorded."""
    events: list[Event] = []
    for row in _same_address(subscriber):
        _, is_new = Suspension.objects.get_or_create(
            subscriber=row, lifted_at=None, defaults={"since": now, "reason": reason[:200]}
        )
        if is_new:
            Delivery.objects.filter(subscriber=row, state__in=_WAITING).update(
                state=State.SUPPRESSED, due=None, reason="suspended", ended_at=now
            )
            data = {"subscriber_id": row.pk, "channel": row.channel, "reason": reason}
            events.append(Event(event_types.SUBSCRIBER_SUSPENDED, data, subject_id=row.pk))
    return events


def _same_address(subscriber: Subscriber) -> Sequence[Subscriber]:
    """Return all subscriptions of one mailbox: everything, and single incidents."""
    return list(
        Subscriber.objects.filter(
            address_digest=subscriber.address_digest, channel=subscriber.channel, merged_into=None
        ).order_by("pk")
    )


def _is_suspended(subscriber: Subscriber | None) -> bool:
    return (
        subscriber is not None
        and Suspension.objects.filter(subscriber=subscriber, lifted_at=None).exists()
    )


def _without_address(row: Delivery, text: str) -> str:
    """Return a server's words on one line, without the address, which servers repeat."""
    line = "".join(each if each.isprintable() else " " for each in text)
    line = " ".join(line.split())
    holder = row.subscriber or row.alert_channel
    try:
        address = str(holder.address.reveal()) if holder and holder.address else ""
    except SecretError:
        return ""  # what cannot be masked is not kept
    for each in {address, address.lower()} - {""}:
        line = line.replace(each, "…")
    return line[:_MAX_DIAGNOSTIC]
