"""Operations for remote probes, readers and heartbeats, and the operator's view of them."""

from typing import Any

from rest_framework import serializers

from monitors.agent.protocol import Assignments, Report
from statuspage.api.views.agents import ReportTakenJson
from statuspage.api.views.management import ManagementStatusJson
from statuspage.api.views.readers import HeartbeatSerializer, HeartbeatTakenJson
from statuspage.edge.pings import PushedJson
from statuspage.openapi.operation import Operation, Text

_TAG = "agents and readers"
_AGENT: dict[str, Any] = {"tag": _TAG, "scope": "agents:write"}
_REPORT = {
    "agent": "probe-eu-1", "region": "eu-west-1", "stream": "4f0c", "sequence": 1,
    "results": [{"check": 1, "revision": 1, "due": 1_795_000_000.0, "started": 1_795_000_000.0,
                 "ended": 1_795_000_000.2, "word": "up", "latency_ms": 81.5}],
}  # fmt: skip
_ASSIGNMENTS = {
    "region": "eu-west-1",
    "assignments": [{"check": 1, "revision": 1, "kind": "endpoint",
                     "config": {"url": "https://api.example.com/health"}, "timeout": 10.0,
                     "interval": 60.0, "retry": 10.0, "confirm_down": 2, "confirm_up": 1}],
}  # fmt: skip


class AssignmentsQuery(serializers.Serializer[Any]):
    region = serializers.CharField(max_length=200)
    agent = serializers.CharField(max_length=200)
    blind_since = serializers.FloatField(min_value=0, max_value=1e11, required=False)


class PushQuery(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["up", "down"], default="up")
    msg = serializers.CharField(required=False)
    ping = serializers.CharField(required=False)


_PING: dict[str, Any] = {
    "tag": _TAG,
    "responses": {200: Text("text/plain", "OK"), 404: Text("text/plain", "not found")},
    "problems": frozenset({400, 404, 503}),
    "description": "The address is the secret. `/start`, `/fail`, `/log` and an exit status may"
    " follow it. 200 means that it is stored.",
}

OPERATIONS = {
    "GET /api/v1/agent/assignments": Operation(
        id="get_assignments", summary="What a remote probe is to check", query=AssignmentsQuery,
        responses={200: Assignments}, response_example=_ASSIGNMENTS, problems=frozenset({409}),
        **_AGENT,
    ),
    "POST /api/v1/agent/results": Operation(
        id="report_results", summary="What a remote probe found", body=Report,
        request_example=_REPORT, responses={200: ReportTakenJson}, problems=frozenset({409}),
        **_AGENT,
        description="A batch that was taken in before changes nothing: after 503, send it again.",
    ),
    "POST /api/v1/readers/heartbeat": Operation(
        id="send_reader_heartbeat", summary="Report that a reader is there",
        body=HeartbeatSerializer, responses={200: HeartbeatTakenJson}, tag=_TAG,
        scope="readers:write",
        request_example={"consumer_name": "worker-1", "consumer_groups": ["inference"],
                         "device": "cuda:0", "model_name": "llama", "model_type": "text",
                         "pids": [4711], "heartbeat_wait_interval": 5,
                         "report_id": "8c6d4b1e-1f0f-4a3b-9a53-3d1b8a0f1c55",
                         "metrics": {"requests": {"total": 120, "failed": 1}}},
        description="After 503, send it again as it was. With a `report_id` its requests are"
        " counted once, however often it is sent.",
    ),
    "GET /ping/{key}": Operation(id="ping", summary="A heartbeat calls in", **_PING),
    "POST /ping/{key}": Operation(
        id="ping_with_body", summary="A heartbeat calls in, with a few lines of its own",
        body=Text("application/octet-stream", "backup done"), **_PING,
    ),
    "GET /api/push/{key}": Operation(
        id="push", summary="A heartbeat calls in, in Uptime Kuma's manner", tag=_TAG,
        query=PushQuery, responses=dict.fromkeys((200, 400, 404, 503), PushedJson),
    ),
    "GET /manage/status": Operation(
        id="get_management_status", summary="Settings in force, readers and their heartbeats",
        tag="management", scope="manage", responses={200: ManagementStatusJson}, session=True,
        problems=frozenset({503}),
    ),
}  # fmt: skip
