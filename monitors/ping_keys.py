"""The keys of heartbeat monitors, 128 random bits, sealed; and their deadlines."""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from components.secrets import Sealed, SecretError
from monitors.config.parsing import parse_config
from monitors.models import Check, Closure, Heartbeat, Monitor, Ping
from monitors.models.heartbeat import CALLS_IN, FOR_GOOD
from monitors.rules.heartbeat_schedule import HeartbeatSchedule, late_at


def digest(key: str) -> str:
    """Return the hash a key is looked up by. Dashes and case do not count: it may be a UUID."""
    return hashlib.blake2b(key.replace("-", "").lower().encode(), digest_size=16).hexdigest()


def get_heartbeat(monitor: Monitor) -> Heartbeat:
    """Return the heartbeat of a stored monitor; a new one gets a key of its own."""
    found = Heartbeat.objects.filter(monitor=monitor).first()
    return found or rotate_key(monitor)[0]


def rotate_key(monitor: Monitor) -> tuple[Heartbeat, str]:
    """Give a monitor a fresh key, void the former, and return the heartbeat and the key."""
    key = secrets.token_hex(16)
    values: dict[str, Any] = {
        "key_hash": digest(key),
        "key": Sealed.of(key),
        "rotated_at": datetime.now(UTC),
    }
    heartbeat, _ = Heartbeat.objects.update_or_create(monitor=monitor, defaults=values)
    return heartbeat, key


def ping_url(key: str) -> str:
    """Return the address at which a heartbeat is pinged."""
    return f"{settings.STATUSPAGE.site_url}/ping/{key}"


def has_address(monitor: Monitor) -> bool:
    """Return whether monitors of its kind are pinged at an address of their own."""
    is_told_otherwise = monitor.by_hand or monitor.takes_alerts or monitor.takes_numbers
    return monitor.calls_in and not is_told_otherwise


def address_of(monitor: Monitor) -> str:
    """Return the address at which a stored heartbeat is pinged. Raises SecretError."""
    key = get_heartbeat(monitor).key
    if key is None:
        raise SecretError("there is none")
    return ping_url(key.reveal())


def schedule_of(monitor: Monitor) -> HeartbeatSchedule:
    """Return the schedule of a heartbeat monitor's pings."""
    config = parse_config(monitor.kind, monitor.config)
    schedule: HeartbeatSchedule = config.schedule  # type: ignore[attr-defined]  # of this kind's own settings
    return schedule


def schedule_check(check: Check, monitor: Monitor, *, resumed: bool, now: float) -> None:
    """Schedule an active check for pings: no prober makes it, and it is due when one is late.

    One that is waited for anew has its time counted from now, as if it had just called. What it
    said before that says nothing now, though nobody may have looked at it yet.
    """
    heartbeat = get_heartbeat(monitor)
    if resumed:
        Ping.objects.filter(monitor=monitor, taken=False).update(taken=True)
    if resumed and heartbeat.last is not None:
        heartbeat.last, heartbeat.run, heartbeat.runs = now, None, {}
        heartbeat.save(update_fields=["last", "run", "runs"])
    gaps = [row.gap for row in Closure.objects.all()]
    late = late_at(schedule_of(monitor), heartbeat.state, gaps=gaps)
    check.due = FOR_GOOD if late is None else late
    check.lease, check.leased_until = CALLS_IN, FOR_GOOD
