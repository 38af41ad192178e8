"""View of `/api/v1/readers/heartbeat`: the heartbeats of readers (contract K)."""

import time
from typing import Annotated, Any, TypedDict

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from components.values.json_types import OneOf
from monitors.readers.services import ReaderReport, receive_heartbeat
from monitors.rules.reader_state import ReaderState
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import ReaderView
from statuspage.server.response_deadline import is_awaited

_MAX_REQUESTS = 2**53


class HeartbeatTakenJson(TypedDict):
    consumer_name: str
    state: Annotated[str, OneOf([ReaderState.LOADING, ReaderState.LIVE])]
    server_time: float
    replayed: bool


class RequestsSerializer(StrictSerializer):
    """Requests served since the last heartbeat."""

    total = serializers.IntegerField(min_value=0, max_value=_MAX_REQUESTS)
    failed = serializers.IntegerField(min_value=0, max_value=_MAX_REQUESTS, default=0)
    average_ms = serializers.FloatField(min_value=0.0, max_value=1e9, default=0.0)

    def validate(self, attrs: Any) -> Any:
        if attrs["failed"] > attrs["total"]:
            raise serializers.ValidationError({"failed": "It is part of the total."})
        return attrs


class GpuSerializer(StrictSerializer):
    """The GPU clusters behind a reader."""

    total = serializers.IntegerField(min_value=0, max_value=10**6)
    active = serializers.IntegerField(min_value=0, max_value=10**6)
    utilization = serializers.FloatField(default=0.0, min_value=0.0, max_value=100.0)
    queue_length = serializers.IntegerField(min_value=0, max_value=10**9, default=0)

    def validate(self, attrs: Any) -> Any:
        if attrs["active"] > attrs["total"]:
            raise serializers.ValidationError({"active": "It is part of the total."})
        return attrs


class MetricsSerializer(StrictSerializer):
    """Figures as they are now: percent, and bits a second."""

    cpu = serializers.FloatField(required=False, min_value=0.0, max_value=100.0)
    memory = serializers.FloatField(required=False, min_value=0.0, max_value=100.0)
    storage = serializers.FloatField(required=False, min_value=0.0, max_value=100.0)
    network_in = serializers.FloatField(required=False, min_value=0.0, max_value=1e18)
    network_out = serializers.FloatField(required=False, min_value=0.0, max_value=1e18)
    gpu = GpuSerializer(required=False)
    requests = RequestsSerializer(required=False)


class _LineField(serializers.CharField):
    """One printable line."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not text.isprintable():
            raise serializers.ValidationError("Enter one line of printable characters.")
        return text


class HeartbeatSerializer(StrictSerializer):
    consumer_name = _LineField(max_length=200)
    consumer_groups = serializers.ListField(
        child=_LineField(max_length=100), max_length=50, default=list
    )
    device = _LineField(max_length=100, allow_blank=True, default="")
    model_name = _LineField(max_length=200, allow_blank=True, default="")
    model_type = _LineField(max_length=100, allow_blank=True, default="")
    pids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**31), max_length=500, default=list
    )
    state = serializers.ChoiceField(
        choices=[ReaderState.LOADING.value, ReaderState.LIVE.value], default=ReaderState.LIVE.value
    )
    heartbeat_wait_interval = serializers.FloatField(
        min_value=0.1,
        max_value=3600.0,
        default=5.0,
        help_text="Seconds until the next heartbeat at the latest; less than 1 counts as 1.",
    )
    report_id = serializers.RegexField(
        r"^[\x21-\x7e]{1,64}$",
        required=False,
        help_text="Number of this report: unique among the reader's, such as a UUID, and the same"
        " when it is sent again. Its requests are counted once.",
    )
    metrics = MetricsSerializer(required=False)

    def validate(self, attrs: Any) -> Any:
        reserved = settings.STATUSPAGE.reserved_consumers
        if attrs["model_type"] == "probe" and reserved in attrs["consumer_groups"]:
            message = f"{reserved} is kept free for notifications; no probe may join it."
            raise serializers.ValidationError({"consumer_groups": message})
        return attrs

    def report(self) -> ReaderReport:
        """Return what was validated, as the service receives it."""
        data = self.validated_data
        return ReaderReport(
            name=data["consumer_name"],
            consumer_groups=tuple(data["consumer_groups"]),
            device=data["device"],
            model_name=data["model_name"],
            model_type=data["model_type"],
            pids=tuple(data["pids"]),
            reported_state=ReaderState(data["state"]),
            interval=data["heartbeat_wait_interval"],
            metrics=dict(data.get("metrics") or {}),
            report_id=data.get("report_id", ""),
        )


class ReaderHeartbeat(ReaderView):
    def post(self, request: Request) -> Response:
        serializer = HeartbeatSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        self.require_reader(serializer.validated_data["consumer_name"])
        now = time.time()
        received = receive_heartbeat(serializer.report(), now=now, is_awaited=is_awaited)
        data: HeartbeatTakenJson = {
            "consumer_name": received.reader.name,
            "state": received.reader.said,
            "server_time": now,
            "replayed": received.replayed,
        }
        return Response(data)
