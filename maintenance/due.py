"""What time does to windows: starts and ends them. The clock is an argument."""

from datetime import datetime

from django.db.models import Q

from maintenance.lifecycle import WindowState, due_state
from maintenance.models import Window
from maintenance.services import move


def move_due_windows(*, now: datetime) -> int:
    """Start what is to start and end what is to end; the answer is how many moved."""
    waiting = Q(state=WindowState.SCHEDULED, starts_at__lte=now)
    running = Q(state=WindowState.IN_PROGRESS, ends_at__lte=now)
    moved = 0
    for window in Window.objects.filter(waiting | running):
        state = due_state(
            WindowState(window.state), starts_at=window.starts_at, ends_at=window.ends_at, now=now
        )
        moved += move(window, to=state, at=now)
    return moved
