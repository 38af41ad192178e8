"""The models of monitors, their checks, results and readers."""

from monitors.models.absence import Absence
from monitors.models.agent import Agent
from monitors.models.alert import AlertLane, AlertRule, AlertSource, UnmatchedAlert
from monitors.models.check import Check, Slot
from monitors.models.heartbeat import Closure, Doorkeeper, Heartbeat, Ping
from monitors.models.monitor import Monitor, Region
from monitors.models.number import LastNumber, NumberRow
from monitors.models.reader import Gauge, Reader
from monitors.models.result import WORDS, Result
from monitors.models.rollup import DayRow, Folding, HourRow, LateMinute, MinuteRows
from monitors.models.tally import CheckTally
from monitors.models.vantage import ProberConnectivity, Vantage

__all__ = [
    "WORDS",
    "Absence",
    "Agent",
    "AlertLane",
    "AlertRule",
    "AlertSource",
    "Check",
    "CheckTally",
    "Closure",
    "DayRow",
    "Doorkeeper",
    "Folding",
    "Gauge",
    "Heartbeat",
    "HourRow",
    "LastNumber",
    "LateMinute",
    "MinuteRows",
    "Monitor",
    "NumberRow",
    "Ping",
    "ProberConnectivity",
    "Reader",
    "Region",
    "Result",
    "Slot",
    "UnmatchedAlert",
    "Vantage",
]
