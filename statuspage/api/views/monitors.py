"""Views of `/api/v1/monitors`: monitors of every kind, readable and writable."""

import hashlib
import time
from datetime import datetime
from typing import Annotated, Any, NotRequired, TypedDict

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from components.status import Verdict
from components.values.json_types import OneOf
from monitors import on_demand, ping_keys
from monitors.config.parsing import ConfigError, parse_config
from monitors.config.secrets import keep_secrets, mask_config
from monitors.heartbeats.ingest import rotate_key
from monitors.manual import MAX_MESSAGE_LENGTH, STATES, set_state
from monitors.models import Monitor, Region
from monitors.models.monitor import kind_choices
from monitors.services import delete_monitor, save_monitor
from monitors.worker.target_guard import configured_guard
from statuspage.api.authentication import caller
from statuspage.api.conditional import conditional_response, etag, require_match
from statuspage.api.fields import ComponentField
from statuspage.api.filter_words import MONITOR_WORDS, WordField
from statuspage.api.idempotency import idempotent
from statuspage.api.strict import StrictSerializer, refuse_unknown
from statuspage.api.views.base import MonitorsView, Page, page_of
from statuspage.catalogue.protection import kept_as_described


class RegionStateJson(TypedDict):
    """What one region says of a monitor."""

    region: str
    verdict: Annotated[str, OneOf(Verdict)]
    checked_at: datetime | None
    latency_ms: float | None
    message: str


class MonitorJson(TypedDict):
    """`config` holds the settings of its kind; a secret among them is told as `{"set": true}`."""

    id: int
    name: str
    component: str
    kind: str
    config: dict[str, Any]
    enabled: bool
    interval: int
    timeout: float
    retry_interval: int | None
    confirm_down: int
    confirm_up: int
    regions: list[str]
    quorum: int | None
    state: list[RegionStateJson]
    created_at: datetime
    updated_at: datetime


class MonitorListJson(TypedDict):
    monitors: list[MonitorJson]
    total: int


class NewMonitorJson(MonitorJson):
    """A monitor with what is told this once: `ping_url`, for one that has just been given it."""

    ping_url: NotRequired[str]


class MonitorFilters(Page):
    aliases = {"status": "state"}

    component = serializers.CharField(max_length=100, required=False)
    """By its slug."""
    kind = serializers.ChoiceField(choices=kind_choices(), required=False)
    state = WordField(MONITOR_WORDS, required=False)


class PingAddressJson(TypedDict):
    """Told this once: only a digest of the key is kept."""

    ping_url: str


def monitor_json(monitor: Monitor) -> MonitorJson:
    """Return a monitor as the API shows it, with its secrets masked."""
    return {
        "id": monitor.pk,
        "name": monitor.name,
        "component": monitor.component.slug,
        "kind": monitor.kind,
        "config": mask_config(monitor.config),
        "enabled": monitor.enabled,
        "interval": monitor.interval,
        "timeout": float(monitor.timeout),
        "retry_interval": monitor.retry_interval,
        "confirm_down": monitor.confirm_down,
        "confirm_up": monitor.confirm_up,
        "regions": [region.code for region in monitor.regions.all()],
        "quorum": monitor.quorum,
        "state": [
            {
                "region": check.region_id,
                "verdict": check.verdict,
                "checked_at": check.checked_at,
                "latency_ms": check.response_ms,
                "message": check.message,
            }
            for check in monitor.checks.all()
            if check.due is not None
        ],
        "created_at": monitor.created_at,
        "updated_at": monitor.updated_at,
    }


class MonitorSerializer(serializers.ModelSerializer[Monitor]):
    """A monitor as the API takes it; `config` holds the settings of its kind.

    `{"set": true}`, as a secret is told, is how a caller says that it is to stay. What is only
    told may be sent back, and is not looked at.
    """

    component = ComponentField()
    regions = serializers.SlugRelatedField(
        slug_field="code",
        queryset=Region.objects.all(),
        many=True,
        required=False,
        error_messages={"does_not_exist": "There is no region {value}."},
    )
    config = serializers.DictField()
    interval = serializers.IntegerField(default=60)
    timeout = serializers.FloatField(default=10)
    state = serializers.JSONField(read_only=True)

    class Meta:
        model = Monitor
        fields = (
            "id", "name", "component", "kind", "config", "enabled", "interval", "timeout",
            "retry_interval", "confirm_down", "confirm_up", "regions", "quorum", "state",
            "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = ("id", "created_at", "updated_at")
        extra_kwargs = {"retry_interval": {"min_value": 1}}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            refuse_unknown(data, self)
        return super().to_internal_value(data)

    def validate(self, attrs: Any) -> Any:
        stored, stored_kind = (getattr(self.instance, name, None) for name in ("config", "kind"))
        if "config" in attrs or "kind" in attrs:
            kind = attrs.get("kind", stored_kind)
            attrs["config"] = keep_secrets(
                kind,
                attrs.get("config", mask_config(stored or {})),
                stored_kind=stored_kind or "",
                stored=stored or {},
            )
            try:
                parse_config(kind, attrs["config"])
            except ConfigError as error:
                raise serializers.ValidationError({"config": error.by_field}) from None
            except ValidationError as error:
                raise serializers.ValidationError(error.message_dict) from None
        return attrs

    def store(self, *, actor: str) -> Monitor:
        """Store what was validated, through the service; return the monitor."""
        values = dict(self.validated_data)
        regions = values.pop("regions", None)
        monitor = self.instance if isinstance(self.instance, Monitor) else Monitor()
        for name, value in values.items():
            setattr(monitor, name, value)
        if regions is None:
            regions = list(monitor.regions.all()) if monitor.pk else []
        return save_monitor(monitor, regions=regions, actor=actor)


class MonitorList(MonitorsView):
    def get(self, request: Request) -> Response:
        query = self.query_of(MonitorFilters)
        rows = Monitor.objects.filter(query.get("state", Q())).order_by("name", "id")
        if "component" in query:
            rows = rows.filter(component__slug=query["component"])
        if "kind" in query:
            rows = rows.filter(kind=query["kind"])
        shown = rows.select_related("component").prefetch_related("checks", "regions")
        data: MonitorListJson = {
            "monitors": [monitor_json(each) for each in page_of(shown, query)],
            "total": rows.count(),
        }
        return Response(data)

    @idempotent
    def post(self, request: Request) -> Response:
        serializer = MonitorSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return _stored_response(serializer, request, status=201)


def _stored_response(
    serializer: MonitorSerializer, request: Request, *, status: int = 200
) -> Response:
    """Store the monitor; return the response, with the address of a heartbeat that is new."""
    before = serializer.instance
    had_address = isinstance(before, Monitor) and ping_keys.has_address(before)
    with kept_as_described(before if isinstance(before, Monitor) else Monitor()):
        monitor = serializer.store(actor=caller(request))
    told = monitor_json(monitor)
    headers = {"ETag": etag(_version(told), told)}
    if status == 201:
        headers["Location"] = f"/api/v1/monitors/{monitor.pk}"
    if had_address or not ping_keys.has_address(monitor):
        return Response(told, status=status, headers=headers)
    data: NewMonitorJson = {**told, "ping_url": ping_keys.address_of(monitor)}
    return Response(data, status=status, headers={**headers, "Cache-Control": "no-store"})


def _version(told: MonitorJson) -> int:
    """Return the version of a monitor's settings, which its checks do not move."""
    settings = {name: value for name, value in told.items() if name != "state"}
    digest = hashlib.blake2b(JSONRenderer().render(settings), digest_size=6).digest()
    return int.from_bytes(digest)


class MonitorDetail(MonitorsView):
    def get(self, request: Request, pk: int) -> Response:
        told = monitor_json(get_object_or_404(Monitor, pk=pk))
        return conditional_response(request, told, version=_version(told))

    def put(self, request: Request, pk: int) -> Response:
        return self._change(request, pk, partial=False)

    def patch(self, request: Request, pk: int) -> Response:
        return self._change(request, pk, partial=True)

    def _change(self, request: Request, pk: int, *, partial: bool) -> Response:
        monitor = self._unchanged(request, pk)
        serializer = MonitorSerializer(monitor, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return _stored_response(serializer, request)

    def delete(self, request: Request, pk: int) -> Response:
        monitor = self._unchanged(request, pk)
        with kept_as_described(monitor):
            delete_monitor(monitor, actor=caller(request))
        return Response(status=204)

    def _unchanged(self, request: Request, pk: int) -> Monitor:
        """Return the monitor, locked if `If-Match` names its settings. Raises StaleError."""
        if "If-Match" not in request.headers:
            return get_object_or_404(Monitor, pk=pk)
        monitor = get_object_or_404(Monitor.objects.select_for_update(of=("self",)), pk=pk)
        require_match(request, version=_version(monitor_json(monitor)))
        return monitor


class PingKey(MonitorsView):
    """The key of a heartbeat: it can be replaced, and is shown that once; it is never read."""

    def put(self, request: Request, pk: int) -> Response:
        monitor = get_object_or_404(Monitor, pk=pk)
        if not ping_keys.has_address(monitor):
            raise serializers.ValidationError({"kind": ["Only a heartbeat has a ping address."]})
        key = rotate_key(monitor, actor=caller(request))
        data: PingAddressJson = {"ping_url": ping_keys.ping_url(key)}
        response = Response(data)
        response["Cache-Control"] = "no-store"
        return response


class StateBody(StrictSerializer):
    state = serializers.ChoiceField([state.value for state in STATES])
    message = serializers.CharField(max_length=MAX_MESSAGE_LENGTH, default="", allow_blank=True)


class MonitorState(MonitorsView):
    """`POST /api/v1/monitors/{id}/state`: sets the state of a monitor of the kind `manual`."""

    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        monitor = get_object_or_404(Monitor, pk=pk)
        body = StateBody(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        try:
            set_state(
                monitor,
                state=Verdict(values["state"]),
                message=values["message"],
                actor=caller(request),
                now=time.time(),
            )
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None
        return Response(monitor_json(monitor))


class MonitorTest(MonitorsView):
    """`POST /api/v1/monitors/{id}/test`: one check right now, shown in full and stored nowhere."""

    is_transaction = False

    def post(self, request: Request, pk: int) -> Response:
        monitor = get_object_or_404(Monitor, pk=pk)
        try:
            result = on_demand.check_now(monitor, guard=configured_guard())
        except on_demand.BusyError as error:
            raise Throttled(wait=1, detail=str(error)) from None
        return Response(on_demand.describe(result))
