"""The states of a maintenance window and its transitions, by people and by time."""

from datetime import datetime
from enum import StrEnum


class WindowState(StrEnum):
    DRAFT = "draft"
    """Announced to nobody: not public, and never begun by time."""
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()

    @property
    def is_final(self) -> bool:
        return self in (WindowState.COMPLETED, WindowState.CANCELLED)


class Impact(StrEnum):
    """The impact of the work on users."""

    NONE = "none"
    MINIMAL = "minimal"
    PARTIAL = "partial"
    MAJOR = "major"

    @property
    def label(self) -> str:
        return self.value.capitalize()


def state_choices() -> list[tuple[str, str]]:
    return [(state.value, state.label) for state in WindowState]


def impact_choices() -> list[tuple[str, str]]:
    return [(impact.value, impact.label) for impact in Impact]


_TRANSITIONS: dict[WindowState, frozenset[WindowState]] = {
    WindowState.DRAFT: frozenset({WindowState.SCHEDULED}),
    WindowState.SCHEDULED: frozenset({WindowState.IN_PROGRESS, WindowState.CANCELLED}),
    WindowState.IN_PROGRESS: frozenset({WindowState.COMPLETED, WindowState.CANCELLED}),
    WindowState.COMPLETED: frozenset(),
    WindowState.CANCELLED: frozenset(),
}
"""What people may do: publish a draft, start, complete early, cancel before or during. Nothing is
reopened."""


def may_transition(state: WindowState, to: WindowState) -> bool:
    """Return whether a person may bring a window from `state` to `to`."""
    return to in _TRANSITIONS[state]


def due_state(
    state: WindowState, *, starts_at: datetime, ends_at: datetime, now: datetime
) -> WindowState:
    """Return the state that a window is to have at `now`; time never leaves a final state or a
    draft.

    A window that was slept through whole goes from scheduled to completed at once.
    """
    if state.is_final or state is WindowState.DRAFT:
        return state
    if now >= ends_at:
        return WindowState.COMPLETED
    if now >= starts_at:
        return WindowState.IN_PROGRESS
    return state


def publish_at_error(
    publish_at: datetime, *, is_draft: bool, ends_at: datetime, now: datetime
) -> str:
    """Return why a window cannot wait to be published until `publish_at`; "" when it can."""
    if not is_draft:
        return "It is published: only a draft has one."
    if publish_at <= now:
        return "That has passed. Publish the draft, or choose a time to come."
    if publish_at >= ends_at:
        return "The window is over by then: choose a time before its end."
    return ""
