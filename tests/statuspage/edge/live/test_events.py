"""What viewers of the live stream hear of windows (L03)."""

import pytest
from django.utils import timezone

from components.journal.event_types import SNAPSHOT, registered
from components.models import JournalEntry
from statuspage.edge.live import events
from statuspage.edge.live.events import live_event, live_kinds
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
    assert "maintenance.reminder" not in live_kinds()
    assert "maintenance.rescheduled" in live_kinds()


def test_every_live_event_has_what_tells_it_and_no_other_l03() -> None:
    names = {kind.live for kind in registered() if kind.live}

    assert names == {SNAPSHOT, *events._DATA_BUILDERS}


@pytest.mark.parametrize(
    ("kind", "public", "heard"),
    [
        ("component.changed", True, True), ("component.changed", False, True),
        ("group.deleted", False, True), ("monitoring.blind", False, True),
        ("incident.edited", True, True), ("incident.edited", False, False),
        ("incident.noted", False, False), ("no.such_kind", True, False),
    ],
)  # fmt: skip
def test_what_has_no_event_of_its_own_shows_the_page_anew(
    kind: str, public: bool, heard: bool
) -> None:
    row = JournalEntry(id=1, kind=kind, public=public, data={}, at=timezone.now())

    told = live_event(row, builder.gather(now=timezone.now()))

    assert (told.name if told else None) == (SNAPSHOT if heard else None)
