"""The ingestion of pings: they are stored, to be evaluated later; and the keys they come with."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from components.journal import Event, record
from monitors import event_types, ping_keys
from monitors.models import Heartbeat, Monitor
from monitors.rules.heartbeat_schedule import PingType

_INSERT_PING = """
INSERT INTO monitors_ping (monitor_id, at, word, code, rid, took_ms, message, body, taken)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class ReceivedPing:
    """A ping as it came. `at` is in seconds since the epoch."""

    key_hash: str
    word: PingType
    at: float = 0.0
    code: int | None = None
    rid: str = ""
    took_ms: float | None = None
    message: str = ""
    """Why, in a line: shown to staff as the reason of a failure."""
    body: str = ""


def known_keys() -> set[str]:
    """Return the hashes of all heartbeat keys."""
    return set(Heartbeat.objects.values_list("key_hash", flat=True))


def store_pings(pings: Sequence[ReceivedPing]) -> list[bool]:
    """Store pings in one transaction; return for each whether its key is known."""
    hashes = {ping.key_hash for ping in pings}
    monitors = dict(
        Heartbeat.objects.filter(key_hash__in=hashes).values_list("key_hash", "monitor_id")
    )
    rows = [
        [monitors[ping.key_hash], ping.at, ping.word, ping.code, ping.rid, ping.took_ms,
         ping.message, ping.body, False]
        for ping in pings
        if ping.key_hash in monitors
    ]  # fmt: skip
    if rows:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(_INSERT_PING, rows)
    return [ping.key_hash in monitors for ping in pings]


def rotate_key(monitor: Monitor, *, actor: str = "") -> str:
    """Give a heartbeat a new key and return it; the former is void."""
    with transaction.atomic():
        _, key = ping_keys.rotate_key(monitor)
        record(
            Event(
                event_types.PING_KEY_ROTATED,
                {
                    "monitor_id": monitor.pk,
                    "component_id": monitor.component_id,
                    "name": monitor.name,
                },
                subject_id=monitor.component_id,
                actor=actor,
            )
        )
    return key
