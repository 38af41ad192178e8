"""Services of subscribers: sign-up, confirmation, preferences, unsubscribing, erasure.

A sign-up is answered before its address is looked at: the form is stored sealed, and processed a
moment later. So neither the answer nor its time reveals whether an address is known, and a flood
of forms costs a flood of small rows, of which only so many an hour are processed.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from components import limiting
from components.journal import Event, record
from components.journal.event_types import EventType as JournalKind
from components.languages.words import msg
from components.limiting import Limit
from components.models.deletion import delete_some
from components.secrets import Sealed, SecretError
from components.values.instants import iso
from components.values.severity import Severity
from subscribers import event_types
from subscribers.addresses import digest, digests, folded_mailbox, lane, mail_host, normalise
from subscribers.channels.base import EMAIL
from subscribers.channels.registry import channels
from subscribers.delivery import unreadable
from subscribers.delivery.endpoint_health import endpoint_of, resume, suspension_of
from subscribers.delivery.fanout import create_notice
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind, Scope
from subscribers.message import Facts, our_text, our_words
from subscribers.models import Delivery, Endpoint, SignUp, Subscriber
from subscribers.models.subscriber import default_kinds

CONFIRM_INTERVAL = timedelta(hours=1)
"""How often one address is asked at most."""
MAX_PER_MAILBOX = 3
"""How often that is for all addresses that one mailbox has by sub-addressing."""
MAX_PER_NETWORK = 20
"""How many forms are taken in an hour; also from all callers behind a proxy that no setting
names, for they cannot be told apart."""
MAX_PER_DOMAIN = 100
"""Of addresses at one mail domain or host."""
MAX_TOTAL = 5000
SIGNUP_RETENTION = timedelta(hours=1)
UNCONFIRMED_RETENTION = timedelta(days=7)
"""After this no click is expected any more: the address is deleted."""


def receive_signup(asked: Mapping[str, Any], *, network: str, now: datetime) -> None:
    """Store a form to be processed; `network` is where it came from.

    Those beyond the limits are stored empty: the same work, and nothing comes of them. They use
    up no limit themselves: who floods the form keeps out nobody but their own network.
    """
    host = mail_host(asked["channel"], asked["address"])
    limits = [
        Limit(f"sign-up network {network}", MAX_PER_NETWORK, SIGNUP_RETENTION),
        Limit(f"sign-up host {host}", MAX_PER_DOMAIN, SIGNUP_RETENTION),
        Limit("sign-up", MAX_TOTAL, SIGNUP_RETENTION),
    ]
    refused = limiting.allow_all(limits, now=now) is not None
    sealed = Sealed.of(json.dumps(dict(asked)))
    row = SignUp(at=now)
    row.asked = None if refused else sealed
    row.save()


def process_signups(*, now: datetime, limit: int = 50) -> int:
    """Process the forms that wait; return how many.

    One that was sealed with a key that is not known on this machine is left to others.
    """
    unread = unreadable.forms_here()
    forms = SignUp.objects.exclude(asked="").exclude(pk__in=unread)
    waiting = list(forms.order_by("id")[:limit])
    for form in waiting:
        sealed: Any = form.asked
        try:
            text = sealed.reveal()
        except SecretError:
            unread.add(form.pk)
            continue
        with transaction.atomic():
            # Another worker that looks at it finds it empty.
            if SignUp.objects.filter(pk=form.pk).exclude(asked="").update(asked=""):
                _process_signup(form, text, now=now)
    return len(waiting)


def _process_signup(form: SignUp, text: str, *, now: datetime) -> None:
    try:
        asked = json.loads(text)
        address = normalise(asked["channel"], asked["address"])
    except ValidationError:
        return
    page = asked.get("page", "")
    key = digest(asked["channel"], address, page)
    rows = list(Subscriber.objects.filter(address_digest=key))
    if any(row.asked_at and row.asked_at > now - CONFIRM_INTERVAL for row in rows):
        return
    known = {row.incident_id: row for row in rows}
    row = known.get(asked["incident_id"])
    never_asked_again = row is not None and row.unsubscribed_at and not row.confirmed_at
    if row is not None and row.is_active and suspension_of(row) is not None:
        # Whoever reads there proves by confirming that it can be reached again. What was chosen
        # stays, for anybody can fill in the form.
        send_confirmation(row, now=now)
        return
    if never_asked_again or (row is not None and row.is_active):
        return
    mailbox = f"sign-up mailbox {folded_mailbox(asked['channel'], address)}"
    if not limiting.allow(mailbox, MAX_PER_MAILBOX, CONFIRM_INTERVAL, now):
        return
    if row is None:
        row = Subscriber(
            channel=asked["channel"], address_digest=key, lane=lane(asked["channel"], address),
            incident_id=asked["incident_id"], page=page,
        )  # fmt: skip
        sealed_address: Any = Sealed.of(address)
        row.address = sealed_address
    _request_confirmation(row, asked, now=now)


def _request_confirmation(row: Subscriber, asked: Mapping[str, Any], *, now: datetime) -> None:
    """Store a subscriber's choice and ask the address to confirm it."""
    set_preferences(row, asked)
    row.save()
    row.components.set(asked["components"])
    send_confirmation(row, now=now)


def send_confirmation(row: Subscriber, *, now: datetime) -> None:
    """Ask an address, in a message, to confirm what it is to follow."""
    row.asked_at = now
    row.save(update_fields=["asked_at"])
    facts = Facts(
        event="subscriber.confirm",
        at=iso(now),
        url="",
        **our_words(headline=our_text(msg("Confirm your subscription"))),
    )
    create_notice(
        key=f"confirm-{row.pk}-{now.timestamp():.0f}",
        facts=facts,
        audience=Audience(Kind.SERVICE, only=row.pk),
        at=now,
    )


def set_owner(hook: Subscriber, address: str, *, now: datetime) -> None:
    """Set the mail address that is notified if an endpoint is suspended, and of nothing else; one
    that is not active yet is asked first, once an hour at most. Raises ValidationError."""
    if why := channels()[EMAIL].unavailable():
        raise ValidationError(why)
    address = normalise(EMAIL, address)
    key = digest(EMAIL, address)
    with transaction.atomic():
        known = list(Subscriber.objects.filter(address_digest=key))
        owner = next((row for row in known if row.incident_id == 0), None)
        if owner is None:
            owner = Subscriber(channel=EMAIL, address_digest=key, kinds=[],
                               lane=lane(EMAIL, address))  # fmt: skip
            sealed_address: Any = Sealed.of(address)
            owner.address = sealed_address
            owner.save()
        Endpoint.objects.filter(pk=endpoint_of(hook).pk).update(owner=owner)
        never_asked_again = owner.unsubscribed_at and not owner.confirmed_at
        asked_lately = any(row.asked_at and row.asked_at > now - CONFIRM_INTERVAL for row in known)
        mailbox = f"sign-up mailbox {folded_mailbox(EMAIL, address)}"
        if owner.is_active or never_asked_again or asked_lately:
            return
        if limiting.allow(mailbox, MAX_PER_MAILBOX, CONFIRM_INTERVAL, now):
            send_confirmation(owner, now=now)


def set_preferences(row: Subscriber, chosen: Mapping[str, Any]) -> None:
    """Set on an unsaved row what it follows; its components are the caller's to store."""
    row.kinds = chosen.get("kinds") or default_kinds()
    row.min_severity = chosen.get("min_severity") or Severity.NONE
    row.format = chosen.get("format", row.format)
    row.language = chosen.get("language", row.language)
    if row.incident_id:
        row.scope = Scope.INCIDENT
    else:
        row.scope = Scope.COMPONENTS if chosen["components"] else Scope.ALL


def delete_expired_signups(*, now: datetime) -> int:
    """Delete processed forms, and addresses that never confirmed; return how many."""
    gone = delete_some(
        SignUp.objects.filter(
            Q(asked="") | Q(at__lt=now - UNCONFIRMED_RETENTION), at__lt=now - SIGNUP_RETENTION
        )
    )
    stale = Subscriber.objects.filter(
        confirmed_at=None, unsubscribed_at=None, created_at__lt=now - UNCONFIRMED_RETENTION
    )
    return gone + delete_some(stale)


def confirm(row: Subscriber, *, now: datetime) -> None:
    """Confirm a subscription. Doing so twice is not journalled again.

    If it was asked for since the address was suspended, that ends the suspension: somebody reads
    there. An older link proves nothing of the kind.
    """
    fresh = Subscriber.objects.filter(pk=row.pk).exclude(
        confirmed_at__isnull=False, unsubscribed_at=None
    )
    with transaction.atomic():
        changed = fresh.update(confirmed_at=now, unsubscribed_at=None)
        suspension = suspension_of(row)
        lifted = (
            resume(row, now=now)
            if suspension and row.asked_at and row.asked_at >= suspension.since
            else []
        )
        confirmed = [_event(event_types.SUBSCRIBER_CONFIRMED, row)] if changed else []
        record(*confirmed, *lifted, at=now)


def unsubscribe(row: Subscriber, *, now: datetime, actor: str = "") -> None:
    """End a subscription. Doing so twice is not journalled again."""
    with transaction.atomic():
        rows = Subscriber.objects.filter(pk=row.pk, unsubscribed_at=None)
        changed = rows.update(unsubscribed_at=now)
        record(*([_event(event_types.SUBSCRIBER_LEFT, row, actor)] if changed else []), at=now)


def leave_page(slug: str, *, now: datetime) -> list[Event]:
    """End the subscriptions of a page that is deleted; return the events, to be recorded with that.

    So none of them is one of a later page of the same name.
    """
    leaving = list(Subscriber.objects.filter(page=slug, unsubscribed_at=None))
    Subscriber.objects.filter(pk__in=[row.pk for row in leaving]).update(unsubscribed_at=now)
    return [_event(event_types.SUBSCRIBER_LEFT, row) for row in leaving]


def change_preferences(
    row: Subscriber, *, chosen: Mapping[str, Any], now: datetime, actor: str = ""
) -> None:
    """Change a subscriber's preferences: `components`, `kinds`, `min_severity`, `format`,
    `language`."""
    with transaction.atomic():
        set_preferences(row, chosen)
        row.save(update_fields=["kinds", "min_severity", "scope", "format", "language"])
        row.components.set(chosen["components"])
        record(_event(event_types.SUBSCRIBER_CHANGED, row, actor), at=now)


def rows_of(address: str) -> list[Subscriber]:
    """Return all subscriptions of one address by any channel, of pages that are gone too."""
    named = Subscriber.objects.exclude(page="").order_by()
    pages = set(named.values_list("page", flat=True).distinct())
    keys = [
        key
        for channel in channels()
        if _is_address(channel, address)
        for key in digests(channel, normalise(channel, address), pages)
    ]
    return list(Subscriber.objects.filter(address_digest__in=keys))


def _is_address(channel: str, address: str) -> bool:
    try:
        normalise(channel, address)
    except ValidationError:
        return False
    return True


def export_personal_data(rows: Iterable[Subscriber]) -> list[dict[str, Any]]:
    """Return everything that is stored of a person, as they may ask for it."""
    return [
        {
            "channel": row.channel,
            "address": row.address.reveal() if row.address else None,
            "page": row.page or "main",
            "scope": row.scope,
            "components": [component.slug for component in row.components.all()],
            "incident_id": row.incident_id or None,
            "language": row.language,
            "kinds": row.kinds,
            "min_severity": row.min_severity,
            "created_at": row.created_at.isoformat(),
            "confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else None,
            "unsubscribed_at": row.unsubscribed_at.isoformat() if row.unsubscribed_at else None,
            "suspensions": [
                {
                    "since": each.since.isoformat(),
                    "reason": each.reason,
                    "lifted_at": each.lifted_at.isoformat() if each.lifted_at else None,
                }
                for each in row.suspensions.order_by("id")
            ],
            "bounces": [
                {
                    "message": each.delivery.message_id,
                    "kind": each.kind,
                    "status": each.status,
                    "diagnostic": each.diagnostic,
                    "at": each.at.isoformat(),
                }
                for each in row.bounces.select_related("delivery").order_by("id")
            ],
            "deliveries": [
                {
                    "message": each.message_id,
                    "about": each.notice.facts["headline"],
                    "state": each.state,
                    "created_at": each.created_at.isoformat(),
                    "ended_at": each.ended_at.isoformat() if each.ended_at else None,
                }
                for each in row.deliveries.select_related("notice").order_by("id")
            ],
        }
        for row in rows
    ]


def erase(rows: Collection[Subscriber], *, now: datetime, actor: str = "") -> int:
    """Erase a person; return how many rows. What was sent stays counted, without a name."""
    ids = [row.pk for row in rows]
    if not ids:
        return 0
    with transaction.atomic():
        deliveries = Delivery.objects.filter(subscriber__in=ids)
        deliveries.filter(due__isnull=False).update(
            due=None, state="suppressed", reason="erased", ended_at=now
        )
        for each in deliveries.select_related("notice"):
            Delivery.objects.filter(pk=each.pk).update(
                subscriber=None, lane="", last_response="", message_id=f"erased-{each.pk}"
            )
        # With those that were merged into them, which hold nothing but links.
        Subscriber.objects.filter(pk__in=ids).delete()
        event = Event(event_types.SUBSCRIBER_ERASED, {"subscriber_ids": ids}, actor=actor)
        record(event, at=now)
    return len(ids)


def _event(kind: JournalKind, row: Subscriber, actor: str = "") -> Event:
    data = {"subscriber_id": row.pk, "channel": row.channel}
    return Event(kind, data, subject_id=row.pk, actor=actor)
