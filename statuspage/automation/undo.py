"""Undo: what was just published is taken back, as long as nobody was written to.

One transaction changes what is stored, recalls the messages and journals it, or does nothing of it.
"""

from datetime import datetime, timedelta

from django.db import transaction

from components.journal import Event, event_types, record
from components.journal.hold import KEY, held_until, is_undoable, undone_with
from components.models import JournalEntry
from components.optimistic_lock import ConflictError
from components.services import write_override_undo
from incidents.undo import write_undo as undo_incident
from maintenance.undo import write_undo as undo_window
from statuspage.automation.notices import thread_of
from subscribers.delivery.recall import AlreadySentError, prolong, recall_entry, reinstate
from subscribers.enums import Kind
from subscribers.models import Notice

LATE = timedelta(seconds=10)
"""How long after the hold it may still be undone, while no message has left: a click takes time."""
_SETTLE = timedelta(seconds=30)
"""How much longer changes of status wait that followed from what is undone, for the projector to
derive that they are none."""


class UndoError(Exception):
    """It cannot be undone; the message says why, in words for people."""


def undo(entry: JournalEntry, *, now: datetime, actor: str = "") -> None:
    """Undo what an entry published. Raises UndoError."""
    try:
        with transaction.atomic():
            events = _take_back(entry, now=now, actor=actor)
            record(*events, at=now)
    except AlreadySentError as error:
        people = "1 recipient was" if error.count == 1 else f"{error.count:,} recipients were"
        raise UndoError(
            f"Too late to undo: {people} written to already. Post a correction instead."
        ) from None
    except ConflictError as error:
        raise UndoError(str(error)) from None


def _take_back(entry: JournalEntry, *, now: datetime, actor: str) -> tuple[Event, ...]:
    until = held_until(entry)
    if until is None or not is_undoable(entry):
        raise UndoError("This cannot be undone.")
    if now > until + LATE:
        raise UndoError("Too late to undo: it has been sent. Post a correction instead.")
    if entry.kind == event_types.OVERRIDE_CHANGED.name:
        # It is told as the change of status that follows from it.
        prolong(notices_that_followed(entry), by=_SETTLE)
        return (write_override_undo(entry, actor=actor),)
    maintenance = entry.kind.startswith("maintenance.")
    events = (undo_window if maintenance else undo_incident)(entry, actor=actor)
    kind = Kind.MAINTENANCE if maintenance else Kind.INCIDENTS
    for each in undone_with(entry):
        recall_entry(each.pk, kind=kind, at=now)
        reinstate(thread_of(each), recalled_at=each.at)
        prolong(notices_that_followed(each), by=_SETTLE)
    return events


def notices_that_followed(entry: JournalEntry) -> list[Notice]:
    """Return the notices of the changes of status that followed from an entry."""
    ids = [each.pk for each in changes_that_followed(entry)]
    return list(Notice.objects.filter(entry_id__in=ids, recalled_at=None))


def changes_that_followed(entry: JournalEntry) -> list[JournalEntry]:
    """Return the changes of status that followed from an entry."""
    changes = JournalEntry.objects.filter(kind=event_types.STATUS_CHANGED.name, pk__gt=entry.pk)
    return [each for each in changes if each.data.get(KEY, {}).get("by") == entry.pk]
