"""Periodic jobs on windows: reminders, starts, ends, recurring ones. The clock is an argument."""

from datetime import datetime, timedelta

from django.db.models import Q

from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window
from maintenance.series import materialise
from maintenance.services import remind, transition_by_time

MAX_REMINDER = timedelta(days=60)


def transition_due_windows(*, now: datetime) -> int:
    """Start and end the windows whose time has come; return how many changed state."""
    waiting = Q(state=WindowState.SCHEDULED, starts_at__lte=now)
    running = Q(state=WindowState.IN_PROGRESS, ends_at__lte=now)
    return sum(
        transition_by_time(window, at=now) for window in Window.objects.filter(waiting | running)
    )


def remind_of_windows(*, now: datetime) -> int:
    """Journal the reminders that are due; late rather than never, but not once it has begun.

    Returns how many.
    """
    soon = Window.objects.filter(
        state=WindowState.SCHEDULED,
        reminded_at=None,
        remind_before__gt=0,
        starts_at__gt=now,
        starts_at__lte=now + MAX_REMINDER,
    )
    return sum(
        remind(window, at=now)
        for window in soon
        if window.starts_at - timedelta(minutes=window.remind_before) <= now
    )


def create_recurring_windows(*, now: datetime) -> int:
    """Create the next windows of every series; return how many were created."""
    return sum(materialise(series, at=now) for series in Series.objects.filter(ended=False))
