"""Services of recurring maintenance: creating, editing and stopping a series."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from components.journal import Event, record
from components.journal.deleted_rows import rows_deleted_with
from components.journal.hold import with_common_hold, with_hold
from components.models import Component
from components.optimistic_lock import bump_version
from maintenance import event_types, recurrence
from maintenance.events import series_changed, window_event
from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window
from maintenance.services import prepare_new
from maintenance.undo import UNANNOUNCED, stored_series

OCCURRENCES_AHEAD = 5
HORIZON = timedelta(days=60)
"""The next five occurrences, and none further ahead than this, are windows already; the very next
one is, however far it is."""
_TOLD_ONLY = {"told_only": True}
"""Of what a series changes: most of its windows were listed, and announced to nobody."""
_PLAN = ("title", "message", "impact", "regions", "blocks_api", "remind_before")


def start_series(
    series: Series,
    *,
    components: Iterable[Component],
    actor: str = "",
    notify: bool = True,
    hold_seconds: int = 0,
    at: datetime,
) -> list[Window]:
    """Start a series and create its next windows. Raises ValidationError naming the field.

    Only the first is announced to subscribers, if `notify`; the others are listed, and reminded of
    in time.
    """
    with transaction.atomic():
        created, events = write_series(
            series, components=components, actor=actor, notify=notify, hold_seconds=hold_seconds,
            at=at,
        )  # fmt: skip
        record(*events, at=at)
    return created


def write_series(
    series: Series,
    *,
    components: Iterable[Component],
    actor: str = "",
    notify: bool = True,
    hold_seconds: int = 0,
    at: datetime,
) -> tuple[list[Window], list[Event]]:
    """Write a new series and its next windows; the caller records the returned events, last.

    Must run inside a transaction.
    """
    series.full_clean()
    series.save()
    series.components.set(components)
    created, events = create_upcoming_windows(series, at=at, announce=notify, silent=not notify)
    if not created:
        raise ValidationError({"rule": "The rule has no occurrence in the future."})
    first = with_hold(events[0], seconds=hold_seconds, before=UNANNOUNCED)
    return created, [series_changed(series, actor=actor), first, *events[1:]]


def materialise(series: Series, *, at: datetime) -> int:
    """Create the windows that are due, once, however many processes try; return how many."""
    if not _missing_occurrences(series, at=at):
        return 0
    with transaction.atomic():
        fresh = Series.objects.select_for_update(of=("self",), no_key=True).get(pk=series.pk)
        if fresh.ended:
            return 0
        created, events = create_upcoming_windows(fresh, at=at, announce=False)
        record(*events, at=at)
    return len(created)


def change_series(
    series: Series,
    *,
    values: Mapping[str, Any],
    components: Iterable[Component] | None = None,
    actor: str = "",
    hold_seconds: int = 0,
    version: int | None = None,
    at: datetime,
) -> Series:
    """Edit a series and its occurrences to come; those a person touched stay as they are.

    An occurrence whose time the new rule does not name takes the next one it does; what is left
    over is cancelled. What is told waits for `hold_seconds`; meanwhile all of it can be undone, as
    what `stop_series` and `delete_series` do. Raises ValidationError naming the field,
    ConflictError.
    """
    with transaction.atomic():
        fresh = _lock_version(series, version)
        before = stored_before(fresh, at=at) if hold_seconds else {}
        for name, value in values.items():
            setattr(fresh, name, value)
        fresh.full_clean()
        fresh.save()
        if components is not None:
            fresh.components.set(components)
        events = [series_changed(fresh, actor=actor), *replan(fresh, at=at)]
        record(*with_common_hold(events, seconds=hold_seconds, before=before), at=at)
    return fresh


def stop_series(
    series: Series,
    *,
    notify: bool = True,
    actor: str = "",
    hold_seconds: int = 0,
    version: int | None = None,
    at: datetime,
) -> Series:
    """End a series: cancel its windows to come, except those that a person touched.

    With `notify`, who was told of one of them is told so.
    """
    with transaction.atomic():
        fresh = _lock_version(series, version)
        before = stored_before(fresh, at=at) if hold_seconds else {}
        cancelled = _end(fresh, notify=notify, at=at)
        events = [series_changed(fresh, actor=actor), *cancelled]
        record(*with_common_hold(events, seconds=hold_seconds, before=before), at=at)
    return fresh


def delete_series(
    series: Series,
    *,
    notify: bool = True,
    actor: str = "",
    hold_seconds: int = 0,
    at: datetime,
) -> None:
    """Delete a series: it ends as when it is stopped, and what was of it stays as single windows.

    With `notify`, who was told of one of the windows that are cancelled is told so.
    """
    with transaction.atomic():
        fresh = _lock_version(series, None)
        before = stored_before(fresh, at=at) if hold_seconds else {}
        before["deleted"] = rows_deleted_with(fresh) if hold_seconds else {}
        # It is told as ended, which it is not when it comes back.
        cancelled = _end(fresh, notify=notify, at=at)
        events = [series_changed(fresh, actor=actor), *cancelled]
        fresh.delete()
        record(*with_common_hold(events, seconds=hold_seconds, before=before), at=at)


def stored_before(series: Series, *, at: datetime) -> dict[str, Any]:
    """Return what a change to a series may replace, as JSON: its values, and its windows to come.

    To be called in the transaction of the change, before it.
    """
    return stored_series(series, _untouched_windows(series, at))


def _end(series: Series, *, notify: bool, at: datetime) -> list[Event]:
    series.ended = True
    series.save()
    return [_cancel_window(each, at, notify=notify) for each in _untouched_windows(series, at)]


def upcoming_occurrences(
    series: Series, *, after: datetime, limit: int = OCCURRENCES_AHEAD
) -> list[recurrence.Occurrence]:
    """Return the rule's next occurrences, whether there are windows of them or not.

    Raises ValidationError when the rule began too long ago to be counted through.
    """
    try:
        return recurrence.occurrences(
            series.rule,
            first=datetime.fromisoformat(series.first_local),
            tz=recurrence.time_zone(series.timezone),
            after=after,
            until=after + timedelta(days=3660),
            limit=limit,
            without={datetime.fromisoformat(local) for local in series.exceptions},
        )
    except recurrence.RuleError as error:
        raise ValidationError({"rule": str(error)}) from None


def _lock_version(series: Series, version: int | None) -> Series:
    bump_version(copy(series), expected=version)
    return Series.objects.get(pk=series.pk)


def _planned(series: Series, *, at: datetime) -> list[recurrence.Occurrence]:
    """Return what should be windows at `at`: the one that runs, and the next, at least one."""
    found = upcoming_occurrences(series, after=at - series.duration)
    return [each for each in found if each.at <= at + HORIZON] or found[:1]


def _missing_occurrences(series: Series, *, at: datetime) -> list[recurrence.Occurrence]:
    known = set(series.windows.values_list("occurrence", flat=True)) if series.pk else set()
    return [each for each in _planned(series, at=at) if each.local.isoformat() not in known]


def create_upcoming_windows(
    series: Series, *, at: datetime, announce: bool, silent: bool = False
) -> tuple[list[Window], list[Event]]:
    """Create the missing windows; return them and their events. Must run in a transaction.

    With `announce` the first of them is told; what has begun is told as well, unless `silent`.
    """
    created: list[Window] = []
    events: list[Event] = []
    components = list(series.components.all())
    for occurrence in _missing_occurrences(series, at=at):
        window = Window(
            series=series,
            occurrence=occurrence.local.isoformat(),
            starts_at=occurrence.at,
            ends_at=occurrence.at + series.duration,
            **{name: getattr(series, name) for name in _PLAN},
        )
        kind = prepare_new(window, at=at)
        window.save()
        window.components.set(components)
        began = kind is event_types.WINDOW_STARTED and not silent
        notify = began or (announce and not created)
        events.append(window_event(kind, window, notify=notify))
        created.append(window)
    return created, events


def windows_to_come(series: Iterable[Series], *, at: datetime) -> QuerySet[Window]:
    """Return the windows of some series that go with them: those to come that nobody touched."""
    return Window.objects.filter(
        series__in=list(series), state=WindowState.SCHEDULED, touched=False, starts_at__gt=at
    ).order_by("starts_at")


def _untouched_windows(series: Series, at: datetime) -> list[Window]:
    return list(windows_to_come([series], at=at).select_for_update(of=("self",), no_key=True))


def replan(series: Series, *, at: datetime) -> list[Event]:
    """Bring the windows to come in line with the series; return the events to journal.

    Must run inside the transaction that changes the series.
    """
    windows = _untouched_windows(series, at)
    taken = set(
        series.windows.exclude(pk__in=[window.pk for window in windows]).values_list(
            "occurrence", flat=True
        )
    )
    wanted = {
        occurrence.local.isoformat(): occurrence.at
        for occurrence in _planned(series, at=at)
        if occurrence.local.isoformat() not in taken and occurrence.at > at
    }
    free = [name for name in wanted if name not in {window.occurrence for window in windows}]
    components = list(series.components.all())
    events = []
    for window in windows:
        name = window.occurrence if window.occurrence in wanted else _pop_first(free)
        if name is None:
            events.append(_cancel_window(window, at))
            continue
        events.append(_update_window(series, window, components, name, wanted[name]))
    _, created = create_upcoming_windows(series, at=at, announce=False)
    return [*events, *created]


def _pop_first(free: list[str]) -> str | None:
    return free.pop(0) if free else None


def _update_window(
    series: Series,
    window: Window,
    components: Sequence[Component],
    occurrence: str,
    starts_at: datetime,
) -> Event:
    old = {"old_starts_at": window.starts_at.isoformat(), "old_ends_at": window.ends_at.isoformat()}
    for name in _PLAN:
        setattr(window, name, getattr(series, name))
    ends_at = starts_at + series.duration
    moved = (window.starts_at, window.ends_at) != (starts_at, ends_at)
    window.occurrence, window.starts_at, window.ends_at = occurrence, starts_at, ends_at
    window.version += 1
    if moved:
        window.reminded_at = None
    window.save()
    window.components.set(components)
    if moved:
        return window_event(event_types.WINDOW_RESCHEDULED, window, more={**old, **_TOLD_ONLY})
    return window_event(event_types.WINDOW_UPDATED, window, notify=False)


def _cancel_window(window: Window, at: datetime, *, notify: bool = True) -> Event:
    window.state = WindowState.CANCELLED
    window.closed_at = at.astimezone(UTC)
    window.version += 1
    window.save()
    return window_event(event_types.WINDOW_CANCELLED, window, notify=notify, more=_TOLD_ONLY)
