"""What is watched, from where, and what was seen."""

from monitors.models.check import Check, Result, Slot
from monitors.models.monitor import Monitor, Region

__all__ = ["Check", "Monitor", "Region", "Result", "Slot"]
