"""What is watched, from where, and what was seen."""

from monitors.models.check import Check, Slot
from monitors.models.heartbeat import Closure, Doorkeeper, Heartbeat, Ping
from monitors.models.monitor import Monitor, Region
from monitors.models.reader import Gauge, Reader
from monitors.models.result import WORDS, Result

__all__ = [
    "WORDS",
    "Check",
    "Closure",
    "Doorkeeper",
    "Gauge",
    "Heartbeat",
    "Monitor",
    "Ping",
    "Reader",
    "Region",
    "Result",
    "Slot",
]
