"""An announcement: what a page says at its top for a time, apart from incidents and maintenance."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from components.values.announcement_kind import AnnouncementKind


class AnnouncementState(StrEnum):
    """Where an announcement is in its time."""

    SCHEDULED = "scheduled"
    SHOWN = "shown"
    OVER = "over"


def state_at(now: datetime, *, starts_at: datetime, ends_at: datetime | None) -> AnnouncementState:
    """Return the state of an announcement that is shown in `[starts_at, ends_at)`."""
    if ends_at is not None and ends_at <= now:
        return AnnouncementState.OVER
    return AnnouncementState.SHOWN if starts_at <= now else AnnouncementState.SCHEDULED


@dataclass(frozen=True, slots=True)
class AnnouncementView:
    """An announcement that a page shows now."""

    id: int
    kind: AnnouncementKind
    message: str
    """Markdown."""
    starts_at: datetime
    ends_at: datetime | None
    created_at: datetime
    changed_at: datetime
    messages: tuple[tuple[str, str], ...] = ()
    """In other languages than its page's own: tags and texts."""
    language: str = ""
    """The tag of the language of its message, where that is not the reader's."""
