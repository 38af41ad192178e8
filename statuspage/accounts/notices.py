"""Mail to people about their own accounts, in the product's look."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q

from components.values.instants import iso
from statuspage.access.roles import OWNER
from subscribers.channels.kinds.email import mail_is_set
from subscribers.delivery import account_mail
from subscribers.message import Facts
from subscribers.models import Notice


def owners() -> list[User]:
    """Return everybody who may do anything: owners and superusers."""
    people = User.objects.filter(is_active=True, is_staff=True)
    return list(people.filter(Q(groups__name=OWNER) | Q(is_superuser=True)).distinct())


def tell(people: Iterable[User], *, event: str, headline: str, text: str) -> Notice | None:
    """Queue a mail to each, in the transaction of what it tells; return it if it is to anybody.

    Who has no address is not told; without a mail server nobody is: the journal has what the mail
    would have said.
    """
    if not mail_is_set():
        return None
    now = datetime.now(UTC)
    facts = Facts(
        event=event,
        headline=headline,
        at=iso(now),
        url=f"{settings.STATUSPAGE.site_url}/admin/account/",
        message=text,
    )
    return account_mail.queue((each.email for each in people), facts, at=now)


def plain(text: str) -> str:
    """Return what somebody else wrote without what would be a mark or a link in a mail."""
    return re.sub(r"[^\w .,;:()/+-]", "", text).replace("://", " ")[:150]
