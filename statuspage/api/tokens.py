"""Views of `/api/v1/tokens`: keys to the APIs. A key is told once, when it is made.

Their scopes are those of people: who may make accounts may make tokens, and nobody else.
"""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers

from components.values.instants import iso
from components.values.json_types import Instant
from statuspage.access import tokens
from statuspage.api.fields import MAX_ID, InstantField
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.resource import DetailView, ListView, ResourceView
from statuspage.models import ApiToken

_ROOT = "api/v1/tokens"


class TokenBody(StrictSerializer):
    """`page` is the slug of the one page that it is for; `monitor` the one that it sends alerts
    to; an agent's has `agent` and `region`. Without `expires_at` it does not expire."""

    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(list(tokens.SCOPES)), max_length=50, allow_empty=False
    )
    page = serializers.CharField(max_length=40, allow_blank=True, required=False)
    monitor = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, allow_null=True, required=False
    )
    agent = serializers.CharField(max_length=200, allow_blank=True, required=False)
    region = serializers.CharField(max_length=40, allow_blank=True, required=False)
    expires_at = InstantField(allow_null=True, required=False)


class TokenJson(TypedDict):
    """A token without its key, which nobody can read again."""

    id: int
    name: str
    scopes: list[str]
    page: str
    monitor: int | None
    agent: str
    region: str
    expires_at: Instant | None
    created_at: Instant


class NewTokenJson(TokenJson):
    """A token with what is told this once: its `key`."""

    key: NotRequired[str]


class TokenListJson(TypedDict):
    tokens: list[TokenJson]
    total: int


class _Tokens(ResourceView[ApiToken]):
    scopes = {"read": "people:read", "write": "people:write"}
    noun, root, body = "token", _ROOT, TokenBody

    def rows(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.order_by("name")

    def represent(self, row: ApiToken) -> TokenJson:
        return {
            "id": row.pk,
            "name": row.name,
            "scopes": row.scopes,
            "page": row.page,
            "monitor": row.monitor,
            "agent": row.agent,
            "region": row.region,
            "expires_at": iso(row.expires_at) if row.expires_at else None,
            "created_at": iso(row.created_at),
        }

    def store(
        self, row: ApiToken | None, values: Mapping[str, Any], *, actor: str
    ) -> tuple[ApiToken, Mapping[str, str]]:
        if row is None:
            key = tokens.create(**values, actor=actor)
            return ApiToken.objects.get(digest=tokens.digest(key)), {"key": key}
        for name, value in values.items():
            setattr(row, name, value)
        return tokens.change(row, actor=actor), {}

    def remove(self, row: ApiToken, *, actor: str) -> None:
        tokens.delete(row, actor=actor)


class TokenList(_Tokens, ListView[ApiToken]):
    member = "tokens"


class TokenDetail(_Tokens, DetailView[ApiToken]):
    pass


routes = [
    path(_ROOT, TokenList.as_view(), name="tokens"),
    path(f"{_ROOT}/<str:pk>", TokenDetail.as_view(), name="token"),
]
