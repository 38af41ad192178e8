"""Mail to people about their own accounts, and with their way in: queued as other mail is, so that
none is lost."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from components.secrets import Sealed, seal, unseal
from subscribers.addresses import normalise
from subscribers.channels.base import EMAIL, MAIL_LANE
from subscribers.enums import Kind
from subscribers.message import Facts
from subscribers.models import Delivery, Notice

_SEALED_URL = "sealed_url"


def queue(
    addresses: Iterable[str], facts: Facts, *, at: datetime, secret_url: str = ""
) -> Notice | None:
    """Queue the same mail to each address that is one; return it, None when there is no address.

    `secret_url` is an address that lets its reader in: it is stored sealed, and opened to be sent.
    Belongs into the transaction of what it tells.
    """
    found = _valid(addresses)
    if not found:
        return None
    if secret_url:
        facts = replace(facts, more={**facts.more, _SEALED_URL: seal(secret_url)})
    key = f"account-{uuid4().hex[:12]}"
    host = urlsplit(settings.STATUSPAGE.site_url).hostname or "localhost"
    with transaction.atomic():
        notice = Notice.objects.create(
            key=key, kind=Kind.ACCOUNT, facts=facts.as_json(), created_at=at, fanned_out_at=at
        )
        Delivery.objects.bulk_create(
            Delivery(
                notice=notice,
                address=Sealed.of(address),  # type: ignore[misc]  # what the field takes
                channel=EMAIL,
                lane=MAIL_LANE,
                message_id=f"{key}.{number}@{host}",
                due=at.timestamp(),
                created_at=at,
            )
            for number, address in enumerate(found, 1)
        )
    return notice


def with_secret_url(facts: Facts) -> Facts:
    """Return facts as they are sent, with the address that was sealed. Raises SecretError."""
    if _SEALED_URL not in facts.more:
        return facts
    more = {name: value for name, value in facts.more.items() if name != _SEALED_URL}
    return replace(facts, url=unseal(facts.more[_SEALED_URL]), more=more)


def _valid(addresses: Iterable[str]) -> list[str]:
    """Return the addresses as they are sent to, each once; what is none is left out."""
    found: dict[str, None] = {}
    for address in addresses:
        try:
            found[normalise(EMAIL, address)] = None
        except ValidationError:
            continue
    return list(found)
