"""What time does to windows: reminds, starts, ends, and makes what repeats. The clock is an
argument."""

from datetime import datetime, timedelta

from django.db.models import Q

from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window
from maintenance.series import materialise
from maintenance.services import move_by_time, remind

LONGEST_REMINDER = timedelta(days=60)


def move_due_windows(*, now: datetime) -> int:
    """Start what is to start and end what is to end; the answer is how many moved."""
    waiting = Q(state=WindowState.SCHEDULED, starts_at__lte=now)
    running = Q(state=WindowState.IN_PROGRESS, ends_at__lte=now)
    return sum(move_by_time(window, at=now) for window in Window.objects.filter(waiting | running))


def remind_of_windows(*, now: datetime) -> int:
    """Remind of what begins soon; late rather than never, but not once it has begun."""
    soon = Window.objects.filter(
        state=WindowState.SCHEDULED,
        reminded_at=None,
        remind_before__gt=0,
        starts_at__gt=now,
        starts_at__lte=now + LONGEST_REMINDER,
    )
    return sum(
        remind(window, at=now)
        for window in soon
        if window.starts_at - timedelta(minutes=window.remind_before) <= now
    )


def make_recurring_windows(*, now: datetime) -> int:
    """Make the next windows of every series; the answer is how many were made."""
    return sum(materialise(series, at=now) for series in Series.objects.filter(ended=False))
