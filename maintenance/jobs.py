"""Periodic jobs on windows: reminders, starts, ends, recurring ones. The clock is an argument."""

import logging
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window
from maintenance.series import materialise
from maintenance.services import publish, remind, transition_by_time

log = logging.getLogger(__name__)

MAX_REMINDER = timedelta(days=60)
PUBLISHER = "publish at"
"""The actor of what a draft's own time has published."""


def transition_due_windows(*, now: datetime) -> int:
    """Start and end the windows whose time has come; return how many changed state."""
    waiting = Q(state=WindowState.SCHEDULED, starts_at__lte=now)
    running = Q(state=WindowState.IN_PROGRESS, ends_at__lte=now)
    return sum(
        transition_by_time(window, at=now) for window in Window.objects.filter(waiting | running)
    )


def publish_due_windows(*, now: datetime) -> int:
    """Publish the drafts whose time has come, each once; return how many.

    One whose end has passed meanwhile stays a draft: nobody is told of what is over.
    """
    due = Window.objects.filter(state=WindowState.DRAFT, publish_at__lte=now, ends_at__gt=now)
    published = 0
    for pk in due.values_list("pk", flat=True):
        with transaction.atomic():
            # Of two that find it, one takes the time away; whoever moved it meanwhile is heeded.
            if due.filter(pk=pk).update(publish_at=None):
                publish(Window.objects.get(pk=pk), at=now, actor=PUBLISHER)
                published += 1
    return published


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
    """Create the next windows of every series; return how many were created.

    One whose rule can no longer be counted through gets none, and holds up no other.
    """
    created = 0
    for series in Series.objects.filter(ended=False):
        try:
            created += materialise(series, at=now)
        except ValidationError as error:
            log.warning("no windows of recurring maintenance %s: %s", series.pk, error.messages[0])
    return created
