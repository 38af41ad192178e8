"""What viewers of the live stream hear of windows (L03)."""

import pytest
from django.utils import timezone

from components.models import JournalEntry
from statuspage.edge.live.events import KINDS, live_event
from statuspage.state import builder

pytestmark = pytest.mark.django_db

_DATA = {
    "window_id": 7,
    "title": "New racks",
    "state": "scheduled",
    "starts_at": "2026-03-01T10:00:00+00:00",
    "ends_at": "2026-03-01T11:00:00+00:00",
    "component_ids": [],
}


def entry(kind: str) -> JournalEntry:
    return JournalEntry(id=1, kind=kind, public=True, data=_DATA, at=timezone.now())


def test_a_window_that_was_moved_is_told_as_an_update_with_its_new_times_l03() -> None:
    heard = live_event(entry("maintenance.rescheduled"), builder.gather(now=timezone.now()))

    assert heard is not None
    assert heard.name == "status.maintenance_updated"
    assert '"starts_at":"2026-03-01T10:00:00' in heard.data


def test_nothing_is_heard_of_a_reminder_l03() -> None:
    assert live_event(entry("maintenance.reminder"), builder.gather(now=timezone.now())) is None
    assert "maintenance.reminder" not in KINDS
    assert "maintenance.rescheduled" in KINDS
