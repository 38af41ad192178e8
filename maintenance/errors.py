"""What can stand in the way of a change to a window."""

from maintenance.lifecycle import WindowState


class MaintenanceError(Exception):
    """A window cannot be changed as was asked; the message is for whoever asked."""


class WrongStateError(MaintenanceError):
    """A window cannot do this in the state it has."""

    def __init__(self, title: str, state: str, wanted: str) -> None:
        self.state = state
        label = WindowState(state).label.lower()
        super().__init__(f"“{title}” is {label} ({state}): it cannot be {wanted}.")
