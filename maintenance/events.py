"""Journal events of windows and series."""

from collections.abc import Mapping
from typing import Any

from components.journal import Event
from components.journal.event_types import EventType
from maintenance import event_types
from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window


def window_event(
    kind: EventType,
    window: Window,
    *,
    actor: str = "",
    message: str = "",
    notify: bool = True,
    silent: bool = False,
    more: Mapping[str, Any] | None = None,
) -> Event:
    """Return the event of a change that has been written.

    `notify` is for those who send messages; `silent` keeps it off the public stream as well. A
    window on hidden components alone is as hidden as they are, and so is a draft.
    """
    components = list(window.components.select_related("group__parent"))
    return Event(
        kind,
        {
            "window_id": window.pk,
            "reference": window.reference,
            "title": window.title,
            "state": str(window.state),
            "starts_at": window.starts_at.isoformat(),
            "ends_at": window.ends_at.isoformat(),
            "component_ids": [component.pk for component in components],
            "impact": str(window.impact),
            "regions": window.regions,
            "blocks_api": window.blocks_api,
            # What is told of a window, besides its updates, is what was written with its plan.
            "message": message or window.message,
            "notify": notify and not silent,
            **(more or {}),
        },
        subject_id=window.pk,
        actor=actor,
        hidden=silent
        or window.state == WindowState.DRAFT
        or (bool(components) and not any(component.is_nameable for component in components)),
    )


def window_deleted(window: Window, *, notify: bool = True, actor: str = "") -> Event:
    """Return the event of a window that is about to be deleted.

    It is sent only to those who were told of the window, and only while it is to come or at work:
    what is over needs no calling off.
    """
    return window_event(
        event_types.WINDOW_DELETED,
        window,
        actor=actor,
        notify=notify and not WindowState(window.state).is_final,
    )


def series_changed(
    series: Series, *, actor: str = "", more: Mapping[str, Any] | None = None
) -> Event:
    """Return the event of a series that was created, edited or stopped."""
    data = {
        "series_id": series.pk,
        "title": series.title,
        "rule": series.rule,
        "timezone": series.timezone,
        "ended": series.ended,
        **(more or {}),
    }
    return Event(event_types.SERIES_CHANGED, data, subject_id=series.pk, actor=actor)
