"""The hold of an entry: how long its messages wait, so that what it says can be undone.

It is part of the entry's data: `{seconds, before, update_id}`. The page shows the change at once;
only mails and hooks wait. `before` are the values that the change replaced, and `update_id` the
update that it posted; a hold without `before` cannot be undone.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
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
    hold: dict[str, Any] = {"seconds": min(seconds, MAX_SECONDS)}
    if before is not None:
        hold["before"] = dict(before)
    if update_id is not None:
        hold["update_id"] = update_id
    return replace(event, data={**event.data, KEY: hold})


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
