"""Monitors of every kind, their results and rollups."""

from typing import Any

from monitors.on_demand import TrialJson
from statuspage.api.views.monitors import (
    MonitorFilters,
    MonitorJson,
    MonitorListJson,
    MonitorSerializer,
    NewMonitorJson,
    PingAddressJson,
    StateBody,
)
from statuspage.api.views.results import (
    ResultListJson,
    ResultsQuery,
    RollupListJson,
    RollupsQuery,
)
from statuspage.openapi.operation import Operation

_ROOT = "/api/v1/monitors"
_ONE = f"{_ROOT}/{{id}}"
_TAG = "monitors"
_READ: dict[str, Any] = {"tag": _TAG, "scope": "monitors:read"}
_WRITE: dict[str, Any] = {"tag": _TAG, "scope": "monitors:write"}
_CHANGE: dict[str, Any] = {"versioned": True, "problems": frozenset({409}), **_WRITE}
"""409 for one that a catalogue file describes."""
_MONITOR = {
    "name": "API answers",
    "component": "api",
    "kind": "endpoint",
    "config": {"url": "https://api.example.com/health"},
    "interval": 60,
}
_KINDS = "docs/monitors.md describes every kind and its settings."
_ADDRESS = "What has just become a heartbeat tells its `ping_url`, this once."

OPERATIONS = {
    f"GET {_ROOT}": Operation(
        id="list_monitors", summary="All monitors", query=MonitorFilters,
        responses={200: MonitorListJson}, **_READ,
    ),
    f"POST {_ROOT}": Operation(
        id="create_monitor", summary="Add a monitor", body=MonitorSerializer,
        request_example=_MONITOR, responses={201: NewMonitorJson},
        description=f"{_KINDS} {_ADDRESS}", **_WRITE,
    ),
    f"GET {_ONE}": Operation(
        id="get_monitor", summary="One monitor", responses={200: MonitorJson}, versioned=True,
        **_READ,
    ),
    f"PUT {_ONE}": Operation(
        id="replace_monitor", summary="Replace a monitor's settings", body=MonitorSerializer,
        request_example=_MONITOR, responses={200: NewMonitorJson},
        description=f"{_KINDS} {_ADDRESS}", **_CHANGE,
    ),
    f"PATCH {_ONE}": Operation(
        id="change_monitor", summary="Change some of a monitor's settings",
        body=MonitorSerializer, request_example={"interval": 30},
        responses={200: NewMonitorJson}, description=_ADDRESS, **_CHANGE,
    ),
    f"DELETE {_ONE}": Operation(
        id="delete_monitor", summary="Delete a monitor", responses={204: None}, **_CHANGE
    ),
    f"POST {_ONE}/state": Operation(
        id="say_monitor_state", summary="Set the state of a manual monitor",
        body=StateBody, request_example={"state": "down", "message": "The line is cut."},
        responses={200: MonitorJson}, **_WRITE,
    ),
    f"PUT {_ONE}/ping-key": Operation(
        id="rotate_ping_key", summary="Give a heartbeat a new address",
        responses={200: PingAddressJson}, problems=frozenset({400}), **_WRITE,
    ),
    f"POST {_ONE}/test": Operation(
        id="test_monitor", summary="Check once, right now, and store nothing",
        responses={200: TrialJson}, **_WRITE,
    ),
    f"GET {_ONE}/results": Operation(
        id="list_results", summary="The latest single results, newest first",
        query=ResultsQuery, responses={200: ResultListJson}, **_READ,
    ),
    f"GET {_ONE}/rollups": Operation(
        id="list_rollups", summary="What was found, by the minute, hour or day",
        query=RollupsQuery, responses={200: RollupListJson}, **_READ,
    ),
}  # fmt: skip
