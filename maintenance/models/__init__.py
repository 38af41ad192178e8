"""Models: maintenance windows, their updates, and the series that repeat."""

from maintenance.models.series import Series
from maintenance.models.window import Window, WindowUpdate

__all__ = ["Series", "Window", "WindowUpdate"]
