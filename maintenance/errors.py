"""Errors of maintenance."""

from maintenance.lifecycle import WindowState


class MaintenanceError(Exception):
    """A window cannot be changed as requested; the message is for the person who did."""


class WrongStateError(MaintenanceError):
    """A window's state does not allow this change."""

    def __init__(self, title: str, state: str, wanted: str) -> None:
        self.state = state
        label = WindowState(state).label.lower()
        super().__init__(f"“{title}” is {label} ({state}): it cannot be {wanted}.")
