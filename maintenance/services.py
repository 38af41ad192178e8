"""Scheduling windows and moving them through their states: one transaction, one journal row.

Every change locks the row, reads it anew, checks, writes and journals. With `version`, it raises
ConflictError when that is no longer the present one. Messages wait for `hold_seconds`; meanwhile
the change can be undone.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import Event, record
from components.journal.deleted_rows import rows_deleted_with
from components.journal.event_types import EventType
from components.journal.hold import with_hold, with_hold_of_deletion
from components.models import Component, set_history_actor
from components.optimistic_lock import bump_version
from components.reference_numbers import reference_for
from maintenance import event_types
from maintenance.errors import WrongStateError
from maintenance.events import window_deleted, window_event
from maintenance.lifecycle import WindowState, due_state, may_transition
from maintenance.models import Window, WindowUpdate
from maintenance.undo import UNANNOUNCED, WINDOW_VALUES, before_announcement

PREFIX = "MAINT"
Translations = Mapping[str, str]
"""Texts by the tags of their languages."""
_EVENT_TYPES: dict[WindowState, tuple[EventType, str]] = {
    WindowState.IN_PROGRESS: (event_types.WINDOW_STARTED, "started"),
    WindowState.COMPLETED: (event_types.WINDOW_ENDED, "completed"),
    WindowState.CANCELLED: (event_types.WINDOW_CANCELLED, "cancelled"),
}


def schedule(
    window: Window,
    *,
    components: Iterable[Component],
    actor: str = "",
    notify: bool = True,
    draft: bool = False,
    hold_seconds: int = 0,
    at: datetime | None = None,
) -> Window:
    """Announce a window, or keep it as a draft. Raises ValidationError naming the field.

    One that has begun starts at once; one wholly in the past is completed, without a notice.
    """
    now = at or datetime.now(UTC)
    window.full_clean(exclude=["reference"])
    with transaction.atomic():
        kind = prepare_new(window, draft=draft, at=now)
        window.save()
        window.components.set(components)
        silent = window.state == WindowState.COMPLETED
        event = window_event(kind, window, actor=actor, notify=notify, silent=silent)
        record(with_hold(event, seconds=hold_seconds, before=UNANNOUNCED), at=now)
    return window


def prepare_new(window: Window, *, draft: bool = False, at: datetime) -> EventType:
    """Set the reference and state of a new window; return the type of its event."""
    window.state = WindowState.DRAFT if draft else due_state(
        WindowState.SCHEDULED, starts_at=window.starts_at, ends_at=window.ends_at, now=at
    )  # fmt: skip
    _set_reference(window)
    if window.state == WindowState.COMPLETED:
        window.closed_at = window.ends_at
    return _announcement(window, at=at)


def _set_reference(window: Window) -> None:
    window.reference = reference_for(
        window.reference, PREFIX, public=window.state != WindowState.DRAFT,
        year=window.starts_at.astimezone(UTC).year,
    )  # fmt: skip


def _announcement(window: Window, *, at: datetime) -> EventType:
    """Return the type of the event by which a window is announced."""
    # Announced so late, the announcement is the reminder.
    window.reminded_at = at if remind_at(window) <= at else None
    return (
        event_types.WINDOW_STARTED
        if window.state == WindowState.IN_PROGRESS
        else event_types.WINDOW_SCHEDULED
    )


def publish(
    window: Window,
    *,
    at: datetime,
    actor: str = "",
    notify: bool = True,
    hold_seconds: int = 0,
    version: int | None = None,
) -> Window:
    """Announce a draft. Raises WrongStateError, ConflictError; ValidationError when it is over."""
    with transaction.atomic():
        fresh = _lock_version(window, version)
        if fresh.state != WindowState.DRAFT:
            raise WrongStateError(fresh.title, fresh.state, "published")
        if fresh.ends_at <= at:
            raise ValidationError(
                {"ends_at": "The end is in the past. Move it or delete the draft."}
            )
        before = before_announcement(fresh, at=at)
        fresh.publish_at = None
        fresh.state = due_state(
            WindowState.SCHEDULED, starts_at=fresh.starts_at, ends_at=fresh.ends_at, now=at
        )
        _set_reference(fresh)
        kind = _announcement(fresh, at=at)
        set_history_actor(fresh, actor=actor)
        fresh.save()
        event = window_event(kind, fresh, actor=actor, notify=notify)
        record(with_hold(event, seconds=hold_seconds, before=before), at=at)
    return fresh


def remind_at(window: Window) -> datetime:
    """Return when the reminder of a window is due."""
    return window.starts_at - timedelta(minutes=window.remind_before)


def _lock_version(window: Window, version: int | None) -> Window:
    """Bump the window's version; return it as stored, locked by that. Raises ConflictError."""
    # A copy, so that the caller's old values do not pass for those of the new version.
    bump_version(copy(window), expected=version)
    return Window.objects.get(pk=window.pk)


def _lock_row(window: Window) -> Window:
    """Lock the window until the transaction ends; return it as stored."""
    return Window.objects.select_for_update(of=("self",), no_key=True).get(pk=window.pk)


def change(
    window: Window,
    *,
    values: Mapping[str, Any],
    components: Iterable[Component] | None = None,
    actor: str = "",
    notify: bool = True,
    hold_seconds: int = 0,
    version: int | None = None,
    at: datetime,
) -> Window:
    """Edit, reschedule or extend a window: write `values` into it.

    Raises ValidationError naming the field, WrongStateError for times that can no longer move,
    ConflictError.
    """
    with transaction.atomic():
        fresh = _lock_version(window, version)
        before = (fresh.starts_at, fresh.ends_at)
        held = WINDOW_VALUES.read(fresh) if hold_seconds else {}
        for name, value in values.items():
            setattr(fresh, name, value)
        fresh.full_clean()
        kind = apply_edit(fresh, before=before, at=at)
        set_history_actor(fresh, actor=actor)
        fresh.save()
        if components is not None:
            fresh.components.set(components)
        event = changed_event(kind, fresh, before=before, actor=actor, notify=notify)
        before_it = WINDOW_VALUES.replaced(fresh, held)
        record(with_hold(event, seconds=hold_seconds, before=before_it), at=at)
    return fresh


def apply_edit(window: Window, *, before: tuple[datetime, datetime], at: datetime) -> EventType:
    """Check an edit against the state, set what follows from it; return the type of its event.

    Must run inside the transaction that saves the window. Moving the start of a scheduled window
    to the past starts it; the reminder is due anew when the start moves.
    """
    check_times(window, before=before, at=at)
    moved = (window.starts_at, window.ends_at) != before
    window.touched = window.touched or window.series_id is not None
    if not moved:
        return event_types.WINDOW_UPDATED
    if window.starts_at != before[0]:
        window.reminded_at = at if remind_at(window) <= at else None
    state = WindowState(window.state)
    window.state = due_state(state, starts_at=window.starts_at, ends_at=window.ends_at, now=at)
    return event_types.WINDOW_RESCHEDULED if window.state == state else event_types.WINDOW_STARTED


def check_times(window: Window, *, before: tuple[datetime, datetime], at: datetime) -> None:
    """Raise ValidationError or WrongStateError when the times may not be moved like this."""
    if (window.starts_at, window.ends_at) == before:
        return
    state = WindowState(window.state)
    if state.is_final:
        raise WrongStateError(window.title, state, "rescheduled")
    if state is WindowState.IN_PROGRESS and window.starts_at != before[0]:
        raise ValidationError({"starts_at": "Already started: only the end can be moved."})
    if window.ends_at <= at:
        raise ValidationError({"ends_at": "The end is in the past. Complete or cancel it instead."})


def changed_event(
    kind: EventType, window: Window, *, before: tuple[datetime, datetime], actor: str, notify: bool
) -> Event:
    """Return the event of an edit, given the former start and end."""
    old = (
        {"old_starts_at": before[0].isoformat(), "old_ends_at": before[1].isoformat()}
        if kind is event_types.WINDOW_RESCHEDULED
        else {}
    )
    return window_event(kind, window, actor=actor, notify=notify, more=old)


def transition(
    window: Window,
    *,
    to: WindowState,
    at: datetime,
    actor: str = "",
    message: str = "",
    messages: Translations | None = None,
    notify: bool = True,
    hold_seconds: int = 0,
    version: int | None = None,
) -> Window:
    """Start now, complete early or cancel a window. Raises WrongStateError, ConflictError."""
    kind, label = _EVENT_TYPES[to]
    with transaction.atomic():
        fresh = _lock_version(window, version)
        if not may_transition(WindowState(fresh.state), to):
            raise WrongStateError(fresh.title, fresh.state, label)
        held = WINDOW_VALUES.read(fresh) if hold_seconds else {}
        if to is WindowState.IN_PROGRESS:
            fresh.starts_at = at
        elif to is WindowState.COMPLETED:
            # A window is never empty, even if it was started this very instant.
            fresh.ends_at = max(at, fresh.starts_at + timedelta(milliseconds=1))
        set_history_actor(fresh, actor=actor)
        _enter_state(fresh, to, at)
        update = _add_update(fresh, message, messages, at=at, author=actor) if message else None
        event = window_event(kind, fresh, actor=actor, message=message, notify=notify)
        record(
            with_hold(
                event,
                seconds=hold_seconds,
                before=WINDOW_VALUES.replaced(fresh, held),
                update_id=update.pk if update else None,
            ),
            at=at,
        )
    return fresh


def transition_by_time(window: Window, *, at: datetime) -> bool:
    """Start or end a window whose time has come; False when another process was first."""
    with transaction.atomic():
        fresh = _lock_row(window)
        state = WindowState(fresh.state)
        due = due_state(state, starts_at=fresh.starts_at, ends_at=fresh.ends_at, now=at)
        if due is state:
            return False
        fresh.version += 1
        _enter_state(fresh, due, at)
        record(window_event(_EVENT_TYPES[due][0], fresh), at=at)
    return True


def _enter_state(window: Window, state: WindowState, at: datetime) -> None:
    window.state = state
    if state.is_final:
        window.closed_at = at
    window.save()


def remind(window: Window, *, at: datetime) -> bool:
    """Journal the reminder of a window, once; False when that was done or is no longer due."""
    with transaction.atomic():
        fresh = _lock_row(window)
        if fresh.reminded_at or fresh.state != WindowState.SCHEDULED or remind_at(fresh) > at:
            return False
        fresh.reminded_at = at
        fresh.save(update_fields=["reminded_at"])
        record(window_event(event_types.WINDOW_REMINDED, fresh), at=at)
    return True


def post_update(
    window: Window,
    *,
    message: str,
    at: datetime,
    messages: Translations | None = None,
    actor: str = "",
    notify: bool = True,
    hold_seconds: int = 0,
    version: int | None = None,
) -> WindowUpdate:
    """Post an update to a window in any state. Raises ValidationError, ConflictError."""
    with transaction.atomic():
        fresh = _lock_version(window, version)
        update = _add_update(fresh, message, messages, at=at, author=actor)
        fresh.save(update_fields=["updated_at"])
        event = window_event(
            event_types.WINDOW_UPDATED, fresh, actor=actor, message=update.message, notify=notify
        )
        record(with_hold(event, seconds=hold_seconds, before={}, update_id=update.pk), at=at)
    return update


def _add_update(
    window: Window, message: str, messages: Translations | None, *, at: datetime, author: str
) -> WindowUpdate:
    update = WindowUpdate(
        window=window, state=window.state, message=message, messages=dict(messages or {}),
        created_at=at, author=author,
    )  # fmt: skip
    update.full_clean(exclude=["window"])
    update.save()
    return update


def delete_window(
    window: Window,
    *,
    notify: bool = True,
    actor: str = "",
    hold_seconds: int = 0,
    version: int | None = None,
) -> None:
    """Delete a window; its series does not create this occurrence again. Raises ConflictError.

    With `notify`, one that is not over is called off to those who were told of it.
    """
    with transaction.atomic():
        fresh = _lock_version(window, version)
        event = window_deleted(fresh, notify=notify, actor=actor)
        deleted = rows_deleted_with(fresh) if hold_seconds else {}
        if fresh.series is not None:
            fresh.series.exceptions = [*fresh.series.exceptions, fresh.occurrence]
            fresh.series.save(update_fields=["exceptions"])
        fresh.delete()
        record(with_hold_of_deletion(event, seconds=hold_seconds, deleted=deleted))
