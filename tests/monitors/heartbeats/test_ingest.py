"""Pings as they come: stored under the keys that are known."""

import pytest
from django.db import connection

from components.models import JournalEntry
from monitors.heartbeats.ingest import ReceivedPing, rotate_key, store_pings
from monitors.models import Heartbeat
from monitors.ping_keys import digest
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def ping(key: str, at: float) -> bool:
    return store_pings([ReceivedPing(digest(key), "success", at)])[0]


def test_a_new_key_voids_the_old_one_and_is_journalled_without_being_told_s10() -> None:
    monitor, old = build.heartbeat(now=0.0)

    new = rotate_key(monitor, actor="olga")

    assert (ping(old, 10.0), ping(new, 11.0)) == (False, True)
    entry = JournalEntry.objects.filter(kind="monitor.ping_key_rotated").latest("id")
    assert (entry.actor, entry.public) == ("olga", False)
    assert new not in str(entry.data)


def test_keys_have_128_bits_and_are_stored_sealed_s10() -> None:
    monitor, key = build.heartbeat()

    row = Heartbeat.objects.get(monitor=monitor)
    assert int(key, 16) < 1 << 128
    assert len(key) == 32
    assert row.key.reveal() == key
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM monitors_heartbeat")
        assert key not in str(cursor.fetchall())
