"""Views of `/api/v1/alert-channels`: where operators are called; addresses go in, masked out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, NotRequired, TypedDict

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from components.values.json_types import OneOf
from statuspage.api.idempotency import idempotent
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import SubscribersView
from statuspage.api.views.resource import DetailView, ListView, ResourceView
from subscribers.alerting.channels import delete_channel, save_channel
from subscribers.alerting.service import send_test
from subscribers.channels.registry import channel_choices, channels
from subscribers.models import AlertChannel

_ROOT = "api/v1/alert-channels"


class ChannelBody(StrictSerializer):
    """`address` is only written: without it a channel keeps the one it has, unless its kind
    changes."""

    name = serializers.CharField(max_length=100)
    channel = serializers.ChoiceField(choices=channel_choices())
    address = serializers.CharField(max_length=2_000, required=False)
    enabled = serializers.BooleanField(required=False)


class ChannelJson(TypedDict):
    """`address` is masked."""

    id: int
    name: str
    channel: Annotated[str, OneOf(channels())]
    address: str
    enabled: bool


class NewChannelJson(ChannelJson):
    """A channel with what is told this once: the `secret` that its webhooks are signed with."""

    secret: NotRequired[str]


class ChannelListJson(TypedDict):
    channels: list[ChannelJson]
    total: int


class QueuedJson(TypedDict):
    id: int
    state: str


class _Channels(SubscribersView, ResourceView[AlertChannel]):
    noun, root, body = "alert channel", _ROOT, ChannelBody

    def rows(self) -> QuerySet[AlertChannel]:
        return AlertChannel.objects.order_by("name")

    def represent(self, row: AlertChannel) -> ChannelJson:
        return {
            "id": row.pk,
            "name": row.name,
            "channel": row.channel,
            "address": row.masked,
            "enabled": row.enabled,
        }

    def store(
        self, row: AlertChannel | None, values: Mapping[str, Any], *, actor: str
    ) -> tuple[AlertChannel, Mapping[str, str]]:
        row = row or AlertChannel()
        for name in ("name", "channel", "enabled"):
            setattr(row, name, values.get(name, getattr(row, name)))
        secret = save_channel(row, address=values.get("address", ""), actor=actor)
        return row, {"secret": secret} if secret else {}

    def remove(self, row: AlertChannel, *, actor: str) -> None:
        delete_channel(row, actor=actor)


class ChannelList(_Channels, ListView[AlertChannel]):
    member = "channels"


class ChannelDetail(_Channels, DetailView[AlertChannel]):
    pass


class ChannelTest(_Channels):
    """Sends a message that says nothing but that alerts arrive."""

    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        row = self.find(pk)
        send_test(row, now=datetime.now(UTC))
        data: QueuedJson = {"id": row.pk, "state": "queued"}
        return Response(data, status=202)


routes = [
    path(_ROOT, ChannelList.as_view(), name="alert-channels"),
    path(f"{_ROOT}/<str:pk>", ChannelDetail.as_view(), name="alert-channel"),
    path(f"{_ROOT}/<str:pk>/test", ChannelTest.as_view(), name="alert-channel-test"),
]
