"""Undoing what was just published of a window: the values that it replaced are stored again.

They are kept with its journal entry, which stays; the undoing is an entry of its own.
"""

from collections.abc import Mapping
from typing import Any

from components.journal import Event, undo
from components.journal.hold import UNDOES, hold_of
from components.journal.undo import read_values, reason_against, set_values
from components.models import Component, JournalEntry, set_history_actor
from components.optimistic_lock import ConflictError, bump_version
from maintenance import event_types
from maintenance.events import series_changed, window_event
from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window, WindowUpdate

_FIELDS = (
    "title", "message", "impact", "regions", "blocks_api", "remind_before", "starts_at", "ends_at",
    "state", "closed_at", "reminded_at", "touched",
)  # fmt: skip
_INSTANTS = ("starts_at", "ends_at", "closed_at", "reminded_at")
_COMPONENTS = "components"
UNANNOUNCED: Mapping[str, Any] = {"state": WindowState.DRAFT.value}
"""Before it was announced, a window was a draft."""


def stored_values(window: Window) -> dict[str, Any]:
    """Return a window's values as they are stored, as JSON; empty when there is none."""
    if not (values := read_values(window, _FIELDS)):
        return {}
    covered = Window.components.through.objects.filter(window=window.pk)
    return {**values, _COMPONENTS: sorted(covered.values_list("component_id", flat=True))}


def replaced_values(window: Window, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the values `before` that are others by now."""
    return undo.replaced_values(before, stored_values(window)) if before else {}


def write_undo(entry: JournalEntry, *, actor: str = "") -> tuple[Event, ...]:
    """Take back what an entry published; the caller records the returned events, last.

    A window that was not announced before is a draft again, with its text; an update is removed.
    Of a series that was just begun, the first window is left, as a draft of its own. Raises
    ConflictError when the window was changed since, or is gone; must run in a transaction.
    """
    window = Window.objects.filter(pk=entry.subject_id or 0).first()
    if window is None:
        raise ConflictError("The window was deleted meanwhile.")
    bump_version(window)
    window = Window.objects.get(pk=window.pk)
    if reason := reason_against(entry, "maintenance.", but=event_types.SERIES_CHANGED.name):
        raise ConflictError(reason)
    hold = hold_of(entry)
    WindowUpdate.objects.filter(pk=hold.get("update_id", 0), window=window).delete()
    set_history_actor(window, actor=actor)
    others: list[Event] = []
    if window.series is not None and hold["before"] == UNANNOUNCED:
        others = _end_series(window, window.series, actor=actor)
    # Of what leaves the page that alone is public, once more: written while it is on it.
    more = {UNDOES: entry.pk, "state": WindowState.CANCELLED.value}
    withdrawn = window_event(
        event_types.WINDOW_WITHDRAWN, window, actor=actor, notify=False, more=more
    )
    _restore(window, hold["before"])
    if window.state == WindowState.DRAFT:
        return *others, withdrawn
    restored = window_event(
        event_types.WINDOW_RESTORED, window, actor=actor, notify=False, more={UNDOES: entry.pk}
    )
    return (restored,)


def _restore(window: Window, before: Mapping[str, Any]) -> None:
    """Store former values again; what a window covered and is no more stays away."""
    set_values(window, before, _FIELDS, instants=_INSTANTS)
    window.save()
    if _COMPONENTS in before:
        window.components.set(Component.objects.filter(pk__in=before[_COMPONENTS]))


def _end_series(first: Window, series: Series, *, actor: str) -> list[Event]:
    """Delete a series and its other windows; return the events."""
    others = list(series.windows.exclude(pk=first.pk))
    events = [
        window_event(event_types.WINDOW_DELETED, each, actor=actor, notify=False) for each in others
    ]
    series.ended = True
    events.append(series_changed(series, actor=actor))
    for each in others:
        each.delete()
    first.series, first.occurrence, first.touched = None, "", False
    first.save()
    series.delete()
    return events
