"""The states of a maintenance window and when time itself moves it on."""

from datetime import datetime
from enum import StrEnum


class WindowState(StrEnum):
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


def state_choices() -> list[tuple[str, str]]:
    return [(state.value, state.label) for state in WindowState]


def due_state(
    state: WindowState, *, starts_at: datetime, ends_at: datetime, now: datetime
) -> WindowState:
    """The state that a window is to have at `now`; time never leaves a final state."""
    if state in (WindowState.COMPLETED, WindowState.CANCELLED):
        return state
    if now >= ends_at:
        return WindowState.COMPLETED
    if now >= starts_at:
        return WindowState.IN_PROGRESS
    return state
