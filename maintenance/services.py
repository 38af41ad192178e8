"""Scheduling windows and moving them through their states: one transaction, one journal row."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from components.journal import Event, record
from components.kinds import Kind
from components.models import Component
from maintenance import kinds
from maintenance.lifecycle import WindowState
from maintenance.models import Window


class WrongStateError(Exception):
    """A window cannot go from the state it has to the one that was asked for."""


def schedule(window: Window, *, components: Iterable[Component], actor: str = "") -> Window:
    """Announce a window. Raises ValidationError naming the field."""
    window.full_clean()
    with transaction.atomic():
        window.save()
        window.components.set(components)
        record(event_for(kinds.WINDOW_SCHEDULED, window, actor=actor))
    return window


def move(window: Window, *, to: WindowState, actor: str = "", at: datetime) -> bool:
    """Put a window into another state; False when somebody else was first.

    Raises WrongStateError when it has already ended or was cancelled.
    """
    if window.state in (WindowState.COMPLETED, WindowState.CANCELLED):
        raise WrongStateError(f"“{window.title}” is already {window.state}.")
    kind = {
        WindowState.SCHEDULED: kinds.WINDOW_UPDATED,
        WindowState.IN_PROGRESS: kinds.WINDOW_STARTED,
        WindowState.COMPLETED: kinds.WINDOW_ENDED,
        WindowState.CANCELLED: kinds.WINDOW_CANCELLED,
    }[to]
    with transaction.atomic():
        # Conditional on the state that was read: two beats move a window once.
        moved = Window.objects.filter(pk=window.pk, state=window.state).update(state=to)
        if not moved:
            return False
        window.state = to
        record(event_for(kind, window, actor=actor), at=at)
    return True


def event_for(kind: Kind, window: Window, *, actor: str = "") -> Event:
    return Event(
        kind,
        {
            "window_id": window.pk,
            "title": window.title,
            "state": window.state,
            "starts_at": window.starts_at.isoformat(),
            "ends_at": window.ends_at.isoformat(),
            "component_ids": list(window.components.values_list("pk", flat=True)),
        },
        subject_id=window.pk,
        actor=actor,
    )


def delete_window(window: Window, *, actor: str = "") -> None:
    event = Event(kinds.WINDOW_DELETED, {"window_id": window.pk}, subject_id=window.pk, actor=actor)
    with transaction.atomic():
        window.delete()
        record(event)
