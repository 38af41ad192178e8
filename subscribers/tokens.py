"""Signed links by which a subscriber without an account confirms, manages and unsubscribes.

A token is made from the subscriber's own random word and the signing key, so the database alone
gives no links away, and a new word makes all the old ones invalid. Each purpose has its own.
"""

import re
from enum import StrEnum

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from subscribers.models import Subscriber

_TOKEN = re.compile(r"([0-9]{1,18})-([0-9a-f]{40})")


class Purpose(StrEnum):
    CONFIRM = "confirm"
    MANAGE = "manage"
    UNSUBSCRIBE = "unsubscribe"


def token(row: Subscriber, purpose: Purpose) -> str:
    return f"{row.pk}-{_mac(row, purpose)}"


def find(text: str, purpose: Purpose) -> Subscriber | None:
    """Return the subscriber whose token it is; None for anything else."""
    match = _TOKEN.fullmatch(text)
    row = Subscriber.objects.filter(pk=int(match[1])).first() if match else None
    if match is None or row is None or not constant_time_compare(match[2], _mac(row, purpose)):
        return None
    return row


def link(row: Subscriber, purpose: Purpose) -> str:
    return f"{settings.STATUSPAGE.site_url.rstrip('/')}/status/{purpose}/{token(row, purpose)}"


def links(row: Subscriber) -> dict[str, str]:
    """Return the links that every message carries, by purpose."""
    return {purpose.value: link(row, purpose) for purpose in Purpose}


def _mac(row: Subscriber, purpose: Purpose) -> str:
    message = f"{row.pk}:{row.nonce}"
    return salted_hmac(f"subscribers.{purpose}", message, algorithm="sha256").hexdigest()[:40]
