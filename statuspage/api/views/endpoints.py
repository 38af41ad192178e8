"""Views of `/api/v1/endpoints`: webhooks and chats that are told, and their signing secrets."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, NotRequired, TypedDict

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from components.languages.names import NAMES
from components.values.instants import iso
from components.values.json_types import Instant, OneOf
from components.values.severity import Severity
from statuspage.api.authentication import caller
from statuspage.api.fields import IdsField
from statuspage.api.idempotency import idempotent
from statuspage.api.serializers.incidents import components_by_id
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.alert_channels import QueuedJson
from statuspage.api.views.base import SubscribersView
from statuspage.api.views.resource import DetailView, ListView, ResourceView
from subscribers.delivery import ledger
from subscribers.delivery.endpoint_health import is_signed, rotate
from subscribers.endpoints import (
    change_endpoint,
    create_endpoint,
    endpoint_channels,
    endpoints,
    is_address,
)
from subscribers.enums import CHOOSABLE
from subscribers.models import Subscriber
from subscribers.services import erase

_ROOT = "api/v1/endpoints"
_WEBHOOK = "webhook"
_CHOSEN = ("name", "kinds", "min_severity", "format", "language")
_KINDS = [kind.value for kind in CHOOSABLE]


class EndpointBody(StrictSerializer):
    """`url` and `owner` (a mail address) are only written. `url` names it for good."""

    channel = serializers.ChoiceField(choices=endpoint_channels(), required=False)
    url = serializers.CharField(max_length=2_000)
    name = serializers.CharField(max_length=100, allow_blank=True, required=False)
    format = serializers.CharField(max_length=20, allow_blank=True, required=False)
    components = IdsField(required=False)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=_KINDS), max_length=10, required=False
    )
    min_severity = serializers.ChoiceField(
        choices=[each.value for each in Severity], required=False
    )
    language = serializers.ChoiceField(choices=list(NAMES), allow_blank=True, required=False)
    owner = serializers.CharField(max_length=320, required=False)

    def validate_components(self, ids: list[int]) -> list[int]:
        return list(components_by_id(ids))


class EndpointChange(EndpointBody):
    """`suspended` false lifts a suspension."""

    url = serializers.CharField(max_length=2_000, required=False)
    suspended = serializers.BooleanField(required=False)

    def validate_suspended(self, suspended: bool) -> bool:
        if suspended:
            raise serializers.ValidationError("It can only be lifted: write false.")
        return suspended


class EndpointJson(TypedDict):
    """`url` and `owner` are masked. Without components it is told of all of them."""

    id: int
    channel: Annotated[str, OneOf(endpoint_channels())]
    url: str
    name: str
    """What operators call it, and the catalogue; '' for whoever asked to be told."""
    format: str
    components: list[int]
    kinds: list[str]
    min_severity: Annotated[str, OneOf(Severity)]
    language: str
    """Of its messages, by its tag; '' for that of the page."""
    owner: str | None
    active: bool
    suspended: bool
    suspended_for: str
    signed: bool
    former_secret_until: Instant | None
    created_at: Instant


class NewEndpointJson(EndpointJson):
    """An endpoint with what is told this once: the `secret` that its messages are signed with."""

    secret: NotRequired[str]


class EndpointListJson(TypedDict):
    endpoints: list[EndpointJson]
    total: int


class SecretJson(TypedDict):
    """Told this once. For a day messages are signed with the former one too."""

    secret: str


class _Endpoints(SubscribersView, ResourceView[Subscriber]):
    noun, root, body = "endpoint", _ROOT, EndpointBody

    def rows(self) -> QuerySet[Subscriber]:
        return endpoints()

    def represent(self, row: Subscriber) -> EndpointJson:
        signing = getattr(row, "endpoint", None)
        until = signing.former_until if signing else None
        suspension = next((each for each in row.suspensions.all() if not each.lifted_at), None)
        return {
            "id": row.pk,
            "channel": row.channel,
            "url": row.masked,
            "name": row.name,
            "format": row.format,
            "components": sorted(each.pk for each in row.components.all()),
            "kinds": row.kinds,
            "min_severity": row.min_severity,
            "language": row.language,
            "owner": signing.owner.masked if signing and signing.owner else None,
            "active": row.is_active,
            "suspended": suspension is not None,
            "suspended_for": suspension.reason if suspension else "",
            "signed": is_signed(row),
            "former_secret_until": iso(until) if until else None,
            "created_at": iso(row.created_at),
        }

    def store(
        self, row: Subscriber | None, values: Mapping[str, Any], *, actor: str
    ) -> tuple[Subscriber, Mapping[str, str]]:
        now, owner = datetime.now(UTC), values.get("owner", "")
        if row is None:
            made, secret = create_endpoint(
                channel=values.get("channel", _WEBHOOK), url=values["url"], chosen=_chosen(values),
                owner=owner, now=now, actor=actor,
            )  # fmt: skip
            return made, {"secret": secret} if secret else {}
        url, channel = values.get("url", ""), values.get("channel", row.channel)
        if channel != row.channel or (url and not is_address(row, url)):
            raise ValidationError({"url": "An endpoint keeps its address; create another one."})
        present = {
            "components": [each.pk for each in row.components.all()],
            **{name: getattr(row, name) for name in _CHOSEN},
        }
        change_endpoint(
            row, chosen={**present, **_chosen(values, present)}, owner=owner,
            lift=values.get("suspended") is False, now=now, actor=actor,
        )  # fmt: skip
        return row, {}

    def remove(self, row: Subscriber, *, actor: str) -> None:
        erase([row], now=datetime.now(UTC), actor=actor)


def _chosen(values: Mapping[str, Any], present: Mapping[str, Any] | None = None) -> dict[str, Any]:
    given = {name: values[name] for name in ("components", *_CHOSEN) if name in values}
    return {"components": (), **(present or {}), **given}


class EndpointList(_Endpoints, ListView[Subscriber]):
    member = "endpoints"


class EndpointDetail(_Endpoints, DetailView[Subscriber]):
    body = EndpointChange


class EndpointSecret(_Endpoints):
    """Gives a webhook a new signing secret."""

    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        row = self.find(pk)
        if not is_signed(row):
            raise serializers.ValidationError({"channel": "Messages by it are not signed."})
        secret = rotate(row, now=datetime.now(UTC), actor=caller(request))
        data: SecretJson = {"secret": secret}
        return Response(data, headers={"Cache-Control": "no-store"})


class EndpointTest(_Endpoints):
    """Sends a message that says nothing but that messages arrive."""

    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        row = self.find(pk)
        ledger.send_test(row, now=datetime.now(UTC))
        data: QueuedJson = {"id": row.pk, "state": "queued"}
        return Response(data, status=202)


routes = [
    path(_ROOT, EndpointList.as_view(), name="endpoints"),
    path(f"{_ROOT}/<str:pk>", EndpointDetail.as_view(), name="endpoint"),
    path(f"{_ROOT}/<str:pk>/rotate-secret", EndpointSecret.as_view(), name="endpoint-secret"),
    path(f"{_ROOT}/<str:pk>/test", EndpointTest.as_view(), name="endpoint-test"),
]
