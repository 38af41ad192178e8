"""Brings in one subscriber by mail, in the name of staff: known to have agreed, or asked to."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from components import limiting
from subscribers.addresses import digest, folded_mailbox, normalise
from subscribers.channels.base import EMAIL
from subscribers.import_export import import_subscribers
from subscribers.models import Subscriber
from subscribers.services import CONFIRM_INTERVAL, MAX_PER_MAILBOX, send_confirmation


def invite(
    address: str,
    *,
    component_ids: Iterable[int] = (),
    page: str = "",
    agreed: bool = False,
    now: datetime,
    actor: str = "",
) -> Subscriber:
    """Bring in a subscriber of a page, '' for the main one; return it as it is stored.

    Who is not known to have `agreed` is asked first, once an hour at most, and is sent nothing else
    until then. Raises ValidationError naming the field; whoever has left is not brought back.
    """
    with transaction.atomic():
        _refuse_known(address, page)
        report = import_subscribers(
            [{
                "channel": EMAIL, "address": address, "page": page, "confirmed_at": agreed,
                "components": [str(pk) for pk in component_ids],
            }],
            now=now, actor=actor,
        )  # fmt: skip
        if report.refused:
            refused = report.refused[0]
            raise ValidationError({refused.field: refused.message})
        row = Subscriber.objects.get(pk=report.ids[0])
        if row.confirmed_at is None and not _asked_lately(row, now=now):
            mailbox = f"sign-up mailbox {folded_mailbox(EMAIL, row.address.reveal())}"
            if limiting.allow(mailbox, MAX_PER_MAILBOX, CONFIRM_INTERVAL, now):
                send_confirmation(row, now=now)
    return row


def _refuse_known(address: str, page: str) -> None:
    """Raise ValidationError for an address that follows the page already, or did: what it chose
    itself stays."""
    try:
        key = digest(EMAIL, normalise(EMAIL, address), page)
    except ValidationError as error:
        raise ValidationError({"address": error.messages}) from None
    known = Subscriber.objects.filter(address_digest=key, incident_id=0).first()
    if known is None or (known.confirmed_at is None and known.unsubscribed_at is None):
        return
    left = "It has unsubscribed, and can only subscribe again by itself."
    told = "It is subscribed already." if known.is_active else left
    raise ValidationError({"address": ValidationError(told, code="unique")})


def _asked_lately(row: Subscriber, *, now: datetime) -> bool:
    return row.asked_at is not None and row.asked_at > now - CONFIRM_INTERVAL
