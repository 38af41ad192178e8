"""The hold of an entry: how long its messages wait, so that what it says can be undone.

It is part of the entry's data: `{seconds, before, update_id, change}`. The page shows the change at
once; only mails and hooks wait. `before` are the values that the change replaced, or the rows that
it deleted, and `update_id` the update that it posted; a hold without `before` cannot be undone by
itself. Entries with the same `change` are one, and undone with the one of them that has `before`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from components.journal import Event
from components.models import JournalEntry

KEY = "hold"
UNDOES = "undoes"
"""In the data of an entry that undoes another one: the number of that one."""
MAX_SECONDS = 300


def with_hold(
    event: Event,
    *,
    seconds: int,
    before: Mapping[str, Any] | None = None,
    update_id: int | None = None,
) -> Event:
    """Return the event with a hold of that many seconds; as it is for 0, or if it is hidden."""
    if not seconds or event.hidden:
        return event
    return _held(event, seconds=seconds, before=before, update_id=update_id)


def with_hold_of_deletion(event: Event, *, seconds: int, deleted: Mapping[str, Any]) -> Event:
    """Return the event of a deletion with its hold, given the rows that it deleted.

    What was hidden is held as well: deleting it can be undone.
    """
    return _held(event, seconds=seconds, before={"deleted": deleted}) if seconds else event


def with_common_hold(
    events: Sequence[Event], *, seconds: int, before: Mapping[str, Any]
) -> list[Event]:
    """Return the events of one change, which are held and undone together, by the first of them."""
    if not seconds:
        return list(events)
    change = token_hex(8)
    first, *others = events
    held = [_held(each, seconds=seconds, change=change) for each in others]
    return [_held(first, seconds=seconds, before=before, change=change), *held]


def _held(event: Event, *, seconds: int, **known: Any) -> Event:
    hold = {name: value for name, value in known.items() if value is not None}
    return replace(event, data={**event.data, KEY: {"seconds": min(seconds, MAX_SECONDS), **hold}})


def hold_of(entry: JournalEntry) -> Mapping[str, Any]:
    """Return the hold of an entry; empty when it has none."""
    found: Mapping[str, Any] = entry.data.get(KEY) or {}
    return found


def held_until(entry: JournalEntry) -> datetime | None:
    """Return the instant from which the messages of an entry may leave; None: at once."""
    seconds = hold_of(entry).get("seconds", 0)
    return entry.at + timedelta(seconds=seconds) if seconds else None


def is_undoable(entry: JournalEntry) -> bool:
    """Return whether the entry says what was before, so that it can be undone."""
    return "before" in hold_of(entry)


def undone_with(entry: JournalEntry) -> list[JournalEntry]:
    """Return the entry with the others of the same change, the oldest first."""
    change = hold_of(entry).get("change")
    if change is None:
        return [entry]
    others = JournalEntry.objects.filter(pk__gt=entry.pk, at=entry.at, data__hold__change=change)
    return [entry, *others.order_by("pk")]
