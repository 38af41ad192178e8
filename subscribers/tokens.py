"""Signed links by which a subscriber without an account confirms, manages and unsubscribes.

A token is made from the subscriber's own random word and the signing key, so the database alone
gives no links away, and a new word makes all the old ones invalid. Each purpose has its own.
"""

import re
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from subscribers.models import Alert, AlertChannel, Subscriber
from subscribers.pages import SubscribedPage

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
    rows = Subscriber.objects.select_related("merged_into")
    row = rows.filter(pk=int(match[1])).first() if match else None
    if match is None or row is None or not constant_time_compare(match[2], _mac(row, purpose)):
        return None
    return row.merged_into or row


def link(row: Subscriber, purpose: Purpose, page: SubscribedPage | None = None) -> str:
    """Return a link; `page` is the subscriber's, None for the main page."""
    home = page.address if page else f"{settings.STATUSPAGE.site_url.rstrip('/')}/status"
    return f"{home}/{purpose}/{token(row, purpose)}"


def links(row: Subscriber, page: SubscribedPage | None = None) -> dict[str, str]:
    """Return the links that every message carries, by purpose."""
    return {purpose.value: link(row, purpose, page) for purpose in Purpose}


ACKNOWLEDGE_FOR = timedelta(days=3)
"""How long the link of an alert's copy works."""
_ALERT_TOKEN = re.compile(r"([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,12})-([0-9a-f]{40})")


def acknowledge_link(alert_id: int, channel: AlertChannel, *, at: datetime) -> str:
    """Return the link by which whoever reads a channel acknowledges one alert without log-in."""
    until = int((at + ACKNOWLEDGE_FOR).timestamp())
    mac = _alert_mac(alert_id, channel.pk, until)
    site = settings.STATUSPAGE.site_url.rstrip("/")
    return f"{site}/status/alerts/{alert_id}-{channel.pk}-{until}-{mac}"


def find_alert(text: str, *, now: datetime) -> tuple[Alert, AlertChannel] | None:
    """Return the alert and the channel that a link names; None for anything else, for a link that
    is too old, and for a channel that was switched off."""
    match = _ALERT_TOKEN.fullmatch(text)
    if match is None:
        return None
    alert_id, channel_id, until = int(match[1]), int(match[2]), int(match[3])
    if not constant_time_compare(match[4], _alert_mac(alert_id, channel_id, until)):
        return None
    alert = Alert.objects.filter(pk=alert_id).first()
    channel = AlertChannel.objects.filter(pk=channel_id, enabled=True).first()
    return (alert, channel) if alert and channel and now.timestamp() < until else None


def _alert_mac(alert_id: int, channel_id: int, until: int) -> str:
    message = f"{alert_id}:{channel_id}:{until}"
    return salted_hmac("subscribers.acknowledge", message, algorithm="sha256").hexdigest()[:40]


def _mac(row: Subscriber, purpose: Purpose) -> str:
    message = f"{row.pk}:{row.nonce}"
    return salted_hmac(f"subscribers.{purpose}", message, algorithm="sha256").hexdigest()[:40]
