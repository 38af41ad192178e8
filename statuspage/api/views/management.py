"""View of the deployment for operators: `{config, status}` (contract K)."""

import time
from typing import Annotated, Any, TypedDict

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from components.values.json_types import Format
from monitors.models import Reader
from monitors.readers import selectors
from monitors.rules.reader_state import ReaderState
from statuspage.api.authentication import Bearer, BearerAuthentication


class ConfigJson(TypedDict):
    """The settings in force."""

    port: int
    management_port: int
    internal_port: int
    openai_port: int
    vertex_port: int
    snowflake_port: int
    allow_remote_images: bool
    body_size_limit_bytes: int
    echo: bool
    enable_metrics: bool
    heartbeat_check_interval: int
    reader_message_timeout_ms: int
    repository_path: str
    reserved_consumers: str


class ReaderJson(TypedDict):
    consumer_name: str
    consumer_groups: list[str]
    device: str
    model_name: str
    model_type: str
    pids: list[int]


class LastHeartbeatJson(TypedDict):
    """Whole seconds, rounded down: since the epoch, and between two heartbeats (at least 1)."""

    heartbeat_timestamp: Annotated[int, Format("int64")]
    heartbeat_wait_interval: Annotated[int, Format("int64")]


class ReadersJson(TypedDict):
    live_readers: dict[str, ReaderJson]
    loading_readers: dict[str, ReaderJson]
    dead_readers: dict[str, ReaderJson]
    last_heartbeat: dict[str, LastHeartbeatJson]
    reserved_consumers: list[str]


class ManagementStatusJson(TypedDict):
    """`status` is null until the first reader registers."""

    config: ConfigJson
    status: ReadersJson | None


def management_status(*, now: float) -> ManagementStatusJson:
    """Return the whole response at `now`, in seconds since the epoch."""
    return {"config": config(), "status": _readers_json(now)}


def config() -> ConfigJson:
    """Return the settings in force."""
    options = settings.STATUSPAGE
    return {
        "port": options.port,
        "management_port": options.management_port,
        "internal_port": options.internal_port,
        "openai_port": options.openai_port,
        "vertex_port": options.vertex_port,
        "snowflake_port": options.snowflake_port,
        "allow_remote_images": options.allow_remote_images,
        "body_size_limit_bytes": options.body_size_limit_bytes,
        "echo": options.echo,
        "enable_metrics": options.enable_metrics,
        "heartbeat_check_interval": options.heartbeat_check_interval,
        "reader_message_timeout_ms": options.reader_message_timeout_ms,
        "repository_path": str(options.repository_path),
        "reserved_consumers": options.reserved_consumers,
    }


def _readers_json(now: float) -> ReadersJson | None:
    readers = selectors.listed_readers(now=now)
    if not readers:
        return None
    by_state: dict[ReaderState, dict[str, ReaderJson]] = {state: {} for state in ReaderState}
    for reader, state in readers:
        by_state[state][reader.name] = _reader_json(reader)
    return {
        "live_readers": by_state[ReaderState.LIVE],
        "loading_readers": by_state[ReaderState.LOADING],
        "dead_readers": by_state[ReaderState.DEAD],
        "last_heartbeat": {
            reader.name: {
                "heartbeat_timestamp": int(reader.heartbeat),
                "heartbeat_wait_interval": max(1, int(reader.interval)),
            }
            for reader, _ in readers
        },
        "reserved_consumers": [settings.STATUSPAGE.reserved_consumers],
    }


def _reader_json(reader: Reader) -> ReaderJson:
    return {
        "consumer_name": reader.name,
        "consumer_groups": reader.consumer_groups,
        "device": reader.device,
        "model_name": reader.model_name,
        "model_type": reader.model_type,
        "pids": reader.pids,
    }


class StaffSession(BaseAuthentication):
    """Authentication by the session of a person logged in to the admin.

    For reading only: it asks for no proof against forged requests.
    """

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        user = request._request.user  # noqa: SLF001  (DRF's documented way to the session's user)
        return (user, None) if user.is_active and user.is_staff else None


class MayManage(BasePermission):
    """A check that a token has the scope `manage`, or that a person may view readers."""

    message = "This needs the scope manage, or a role that may view readers."

    def has_permission(self, request: Request, view: APIView) -> bool:
        user: Any = request.user
        if isinstance(user, Bearer):
            return "manage" in user.token.scopes
        return user is not None and bool(user.has_perm("monitors.view_reader"))


class ManagementStatus(APIView):
    """`/manage/status` on the public listener."""

    authentication_classes = (BearerAuthentication, StaffSession)
    permission_classes = (MayManage,)

    def get(self, request: Request) -> Response:
        headers = {"Cache-Control": "no-store"}
        return Response(management_status(now=time.time()), headers=headers)
