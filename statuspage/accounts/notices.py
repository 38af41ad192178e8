"""Mail to people about their own accounts, in the product's look, past the subscribers' queue."""

import logging
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Thread
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from components.values.instants import iso
from statuspage.access.roles import OWNER
from subscribers.channels.base import EMAIL, Message, Recipient, SendStatus
from subscribers.channels.kinds.email import mail_is_set
from subscribers.channels.registry import make
from subscribers.delivery.worker import SEND_SECONDS
from subscribers.message import Facts

log = logging.getLogger(__name__)


def owners() -> list[User]:
    """Return everybody who may do anything: owners and superusers."""
    people = User.objects.filter(is_active=True, is_staff=True)
    return list(people.filter(Q(groups__name=OWNER) | Q(is_superuser=True)).distinct())


def tell(people: Iterable[User], *, event: str, headline: str, text: str) -> None:
    """Send each a mail once the transaction is over; nobody waits for the mail server.

    Who has no address is not told. A mail that cannot be sent is logged: the journal has what it
    would have said.
    """
    addresses = [each.email for each in people if each.email]
    if addresses and mail_is_set():
        facts = Facts(
            event=event,
            headline=headline,
            at=iso(datetime.now(UTC)),
            url=f"{settings.STATUSPAGE.site_url}/admin/account/",
            message=text,
        )
        sending = Thread(target=send, args=(addresses, facts), name="account mail", daemon=True)
        transaction.on_commit(sending.start)


def send(addresses: Iterable[str], facts: Facts) -> None:
    """Send the same mail to each address, now."""
    host = settings.STATUSPAGE.site_url.partition("://")[2].partition(":")[0]
    sender = make(EMAIL)
    try:
        for address in addresses:
            message = Message(f"account-{uuid4().hex[:12]}@{host}", "", facts, facts.event)
            outcome = sender.send(
                message, Recipient(address), deadline=time.monotonic() + SEND_SECONDS
            )
            if outcome.status is not SendStatus.SENT:
                log.warning("A mail about an account was not sent: %s", outcome.text)
    finally:
        sender.close()


def plain(text: str) -> str:
    """Return what somebody else wrote without what would be a mark or a link in a mail."""
    return re.sub(r"[^\w .,;:()/+-]", "", text).replace("://", " ")[:150]
