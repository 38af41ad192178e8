"""Undoing what was just published or deleted of maintenance: what it replaced is stored again.

That is kept with its journal entry, which stays; the undoing is an entry of its own. What is done
to a series is undone with all that it did to the windows of the series.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from components.journal import Event
from components.journal.deleted_rows import restore_rows
from components.journal.hold import UNDOES, hold_of, undone_with
from components.journal.undo import (
    FormerValues,
    RelatedValues,
    check_unchanged,
    lock_unchanged,
)
from components.models import Component, JournalEntry, set_history_actor
from components.optimistic_lock import ConflictError, bump_version
from maintenance import event_types
from maintenance.events import series_changed, window_event
from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window, WindowUpdate
from maintenance.models.plan import Plan

UNANNOUNCED: Mapping[str, Any] = {"state": WindowState.DRAFT.value}
"""Before it was announced, a window was a draft."""
_PLAN = ("title", "message", "impact", "regions", "blocks_api", "remind_before")
_OF_SERIES = event_types.SERIES_CHANGED.name


def _read_components(plan: Plan) -> list[int]:
    return sorted(plan.components.order_by().values_list("pk", flat=True))


def _restore_components(plan: Plan, ids: Sequence[int]) -> None:
    plan.components.set(Component.objects.filter(pk__in=ids))


_COMPONENTS: Mapping[str, RelatedValues[Any]] = {
    "components": RelatedValues(_read_components, _restore_components)
}
WINDOW_VALUES: FormerValues[Window] = FormerValues(
    (*_PLAN, "titles", "messages", "starts_at", "ends_at", "state", "closed_at", "reminded_at",
     "touched", "series_id", "occurrence", "publish_at"),
    _COMPONENTS,
)  # fmt: skip
SERIES_VALUES: FormerValues[Series] = FormerValues(
    (*_PLAN, "rule", "timezone", "first_local", "duration", "exceptions", "ended"), _COMPONENTS
)


def stored_series(series: Series, windows: Iterable[Window]) -> dict[str, Any]:
    """Return the values of a series, and of those of its windows that change with it, as JSON."""
    return {
        "series": SERIES_VALUES.read(series),
        "windows": {str(each.pk): WINDOW_VALUES.read(each) for each in windows},
    }


def before_announcement(draft: Window, *, at: datetime) -> Mapping[str, Any]:
    """Return the values of a draft that is announced at `at`, as JSON: with the time at which it
    would have been by itself, if that is to come."""
    if draft.publish_at is None or draft.publish_at <= at:
        return UNANNOUNCED
    return {**UNANNOUNCED, "publish_at": draft.publish_at.isoformat()}


def windows_of(entry: JournalEntry) -> list[int]:
    """Return the ids of the windows that changed with a series."""
    return [each.subject_id or 0 for each in undone_with(entry)[1:]]


def write_undo(entry: JournalEntry, *, actor: str = "") -> tuple[Event, ...]:
    """Take back what an entry published; the caller records the returned events, last.

    Raises ConflictError when what it is about was changed since, or is gone; must run in a
    transaction.
    """
    if entry.kind == _OF_SERIES:
        return tuple(_undo_series(entry, actor=actor))
    if entry.kind == event_types.WINDOW_DELETED.name:
        return (_undo_deletion(entry, actor=actor),)
    return _undo_change(entry, actor=actor)


def _undo_change(entry: JournalEntry, *, actor: str) -> tuple[Event, ...]:
    """Take back a window, or what was posted or changed of it.

    A window that was not announced before is a draft again, with its text; an update is removed.
    Of a series that was just begun, the first window is left, as a draft of its own.
    """
    window = lock_unchanged(
        Window.objects.filter(pk=entry.subject_id or 0).first(), entry,
        gone="The window was deleted meanwhile.", kinds="maintenance.", but=_OF_SERIES,
    )  # fmt: skip
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
    WINDOW_VALUES.restore(window, hold["before"])
    if window.state == WindowState.DRAFT:
        return *others, withdrawn
    return (_restored(window, entry, actor=actor),)


def _restored(window: Window, entry: JournalEntry, *, actor: str) -> Event:
    more = {UNDOES: entry.pk}
    return window_event(event_types.WINDOW_RESTORED, window, actor=actor, notify=False, more=more)


def _undo_deletion(entry: JournalEntry, *, actor: str) -> Event:
    """Bring a deleted window back, with its updates; its series knows it again."""
    check_unchanged(entry, "maintenance.", but=_OF_SERIES)
    window = restore_rows(hold_of(entry)["before"]["deleted"])
    if not isinstance(window, Window):
        raise ConflictError("This is no deletion of a window.")
    bump_version(window)
    # One whose time has passed meanwhile is not published at once.
    late = Window.objects.filter(pk=window.pk, publish_at__lte=datetime.now(UTC))
    if late.update(publish_at=None):
        window.publish_at = None
    if (series := window.series) is not None:
        series.exceptions = [each for each in series.exceptions if each != window.occurrence]
        series.save(update_fields=["exceptions"])
    return _restored(window, entry, actor=actor)


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


def _undo_series(entry: JournalEntry, *, actor: str) -> Iterable[Event]:
    """Take back an edit, the end or the deletion of a series, and what it did to its windows.

    Windows that it made are deleted again.
    """
    before = hold_of(entry)["before"]
    check_unchanged(entry, _OF_SERIES)
    if "deleted" in before:
        series = restore_rows(before["deleted"])
        if not isinstance(series, Series):
            raise ConflictError("This is no deletion of a series.")
    else:
        series = lock_unchanged(
            Series.objects.filter(pk=entry.subject_id or 0).first(), entry,
            gone="The series was deleted meanwhile.", kinds=_OF_SERIES,
        )  # fmt: skip
        SERIES_VALUES.restore(series, before["series"])
    changed = [(each, _window_unchanged_since(each)) for each in undone_with(entry)[1:]]
    yield series_changed(series, actor=actor, more={UNDOES: entry.pk})
    known = [(each, window) for each, window in changed if str(window.pk) in before["windows"]]
    for each, window in changed:
        if str(window.pk) not in before["windows"]:
            gone = window_event(
                event_types.WINDOW_DELETED, window, actor=actor, notify=False,
                more={UNDOES: each.pk},
            )  # fmt: skip
            window.delete()
            yield gone
    for _, window in known:
        # One may have taken another's place in the series, and each place is taken once.
        Window.objects.filter(pk=window.pk).update(occurrence=f"~{window.pk}")
    for each, window in known:
        set_history_actor(window, actor=actor)
        WINDOW_VALUES.restore(window, before["windows"][str(window.pk)])
        yield _restored(window, each, actor=actor)


def _window_unchanged_since(entry: JournalEntry) -> Window:
    return lock_unchanged(
        Window.objects.filter(pk=entry.subject_id or 0).first(), entry,
        gone="A window of it was deleted meanwhile.", kinds="maintenance.", but=_OF_SERIES,
    )  # fmt: skip
