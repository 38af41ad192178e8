"""Services of announcements: made, changed, deleted, moved by time. The clock is an argument."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from components.journal import Event, record
from components.journal.event_types import EventType
from components.values.instants import iso
from statuspage.event_types import (
    ANNOUNCEMENT_CHANGED,
    ANNOUNCEMENT_DELETED,
    ANNOUNCEMENT_ENDED,
    ANNOUNCEMENT_STARTED,
)
from statuspage.models import Announcement
from statuspage.pages.announcement import AnnouncementState, state_at


def put_announcement(announcement: Announcement, *, now: datetime) -> None:
    """Write an announcement's row, without the journal. Raises ValidationError."""
    if announcement._state.adding:
        announcement.created_at = now
    announcement.changed_at = now
    announcement.full_clean()
    announcement.shown = is_shown(announcement, now=now)
    announcement.save()


def save_announcement(
    announcement: Announcement, *, now: datetime, actor: str = ""
) -> Announcement:
    """Create or change an announcement; shown at once if its time has come.

    Raises ValidationError naming the field.
    """
    with transaction.atomic():
        put_announcement(announcement, now=now)
        record(announcement_event(announcement, actor=actor))
    return announcement


def delete_announcement(announcement: Announcement, *, actor: str = "") -> None:
    """Delete an announcement; it is gone from its page at once."""
    event = announcement_event(announcement, ANNOUNCEMENT_DELETED, actor=actor)
    with transaction.atomic():
        announcement.delete()
        record(event)


def move_announcements(*, now: datetime) -> int:
    """Journal the announcements that appear or end because of the time, which publishes their
    pages; return how many."""
    begins = Q(shown=False, starts_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))
    ends = Q(shown=True) & (Q(ends_at__lte=now) | Q(starts_at__gt=now))
    return sum(_move(pk, now=now) for pk in _keys(begins | ends))


def _keys(condition: Q) -> list[int]:
    return list(Announcement.objects.filter(condition).order_by("pk").values_list("pk", flat=True))


def _move(pk: int, *, now: datetime) -> bool:
    """Move one announcement; False when another process was first."""
    with transaction.atomic():
        row = Announcement.objects.select_for_update().filter(pk=pk).first()
        if row is None or row.shown is is_shown(row, now=now):
            return False
        row.shown = not row.shown
        row.save(update_fields=["shown"])
        kind = ANNOUNCEMENT_STARTED if row.shown else ANNOUNCEMENT_ENDED
        record(announcement_event(row, kind), at=now)
    return True


def is_shown(announcement: Announcement, *, now: datetime) -> bool:
    """Whether an announcement is on its page at `now`."""
    state = state_at(now, starts_at=announcement.starts_at, ends_at=announcement.ends_at)
    return state is AnnouncementState.SHOWN


def announcement_event(
    announcement: Announcement, kind: EventType = ANNOUNCEMENT_CHANGED, *, actor: str = ""
) -> Event:
    """Return the event of an announcement as it is now."""
    ends_at = announcement.ends_at
    data: dict[str, Any] = {
        "announcement_id": announcement.pk,
        "name": announcement.name,
        "page": announcement.page_id,
        "kind": announcement.kind,
        "message": announcement.message,
        "messages": announcement.messages,
        "starts_at": iso(announcement.starts_at),
        "ends_at": iso(ends_at) if ends_at else None,
    }
    return Event(kind, data, subject_id=announcement.pk, actor=actor)


def prune(*, before: datetime) -> Iterator[int]:
    """Delete the announcements that ended before an instant; yield how many."""
    yield Announcement.objects.filter(ends_at__lt=before).delete()[0]
