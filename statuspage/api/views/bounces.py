"""View of `/api/v1/bounces`: the mail server, or a program beside it, reports what came back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypedDict

from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from components.values.json_types import OneOf
from statuspage.api.idempotency import idempotent
from statuspage.api.parsers import BoundedJSONParser
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import ApiView
from subscribers.delivery.bounces.addresses import InvalidTokenError, delivery_of
from subscribers.delivery.bounces.reports import ReportError, parse_report
from subscribers.delivery.bounces.rules import STATUS_PATTERN
from subscribers.delivery.bounces.service import (
    Result,
    UnknownDeliveryError,
    delivery_by_id,
    last_delivery_to,
    record_bounce,
)
from subscribers.enums import BounceKind
from subscribers.models import Delivery

RESULTS = ("recorded", "known", "ignored")
_NAMES = ("return_path", "delivery_id", "recipient")


class BounceJson(TypedDict):
    """What came of a report: `recorded`, `known` already, or `ignored`, because nothing failed."""

    result: Annotated[str, OneOf(RESULTS)]
    delivery_id: int
    kind: Annotated[str, OneOf(["", *BounceKind])]
    suspended: bool
    """Whether the address is suspended by now."""


class Rfc822Parser(BaseParser):
    """A parser of mails as they are: `message`, of one character per byte, so that a repeated
    request can be compared."""

    media_type = "message/rfc822"

    def parse(
        self, stream: Any, media_type: Any = None, parser_context: Any = None
    ) -> Mapping[str, str]:
        return {"message": str(stream.read(), "latin-1")}


class BounceSerializer(StrictSerializer):
    """One mail that came back, named in one of three ways."""

    return_path = serializers.CharField(
        required=False, max_length=320,
        help_text="The address that the bounce came to, bounces+TOKEN@status.example.com.",
    )  # fmt: skip
    delivery_id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    recipient = serializers.CharField(
        required=False, max_length=254,
        help_text="The address that the mail went to: its last mail is meant.",
    )  # fmt: skip
    status = serializers.RegexField(
        rf"^{STATUS_PATTERN}\Z", help_text="A status code of RFC 3463, such as 5.1.1.",
        error_messages={"invalid": "Write a status code of RFC 3463, such as 5.1.1."},
    )  # fmt: skip
    diagnostic = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=5000,
        help_text="The words of the server that refused it.",
    )  # fmt: skip

    def validate(self, attrs: Any) -> Any:
        named = [name for name in _NAMES if name in attrs]
        if len(named) != 1:
            name = named[1] if named else "return_path"
            message = "Write one of return_path, delivery_id and recipient."
            raise serializers.ValidationError({name: message})
        return attrs


class Bounces(ApiView):
    """The intake of bounces; open while a maintenance window blocks the API (C6)."""

    scopes = {"read": "bounces:write", "write": "bounces:write"}
    parser_classes = [BoundedJSONParser, Rfc822Parser]

    @idempotent
    def post(self, request: Request) -> Response:
        now = datetime.now(UTC)
        data: Any = request.data
        is_mail = (request.content_type or "").partition(";")[0].strip() == "message/rfc822"
        if is_mail:
            return _answer(_of_report(data["message"].encode("latin-1"), now=now))
        body = BounceSerializer(data=data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        row = _delivery(values, now=now)
        return _answer(record_bounce(row, values["status"], values["diagnostic"], now=now))


def _delivery(values: dict[str, Any], *, now: datetime) -> Delivery:
    try:
        if "return_path" in values:
            return delivery_of(values["return_path"], now=now)
        if "delivery_id" in values:
            return delivery_by_id(values["delivery_id"])
        return last_delivery_to(values["recipient"], now=now)
    except InvalidTokenError as error:
        raise serializers.ValidationError({"return_path": str(error)}) from None
    except UnknownDeliveryError as error:
        raise NotFound(str(error)) from None


def _of_report(raw: bytes, *, now: datetime) -> Result:
    """Store what a mail reports, if it bears a token of ours: anybody can write such a mail."""
    try:
        report = parse_report(raw)
    except ReportError as error:
        raise serializers.ValidationError({"message": str(error)}) from None
    why = "It bears no token of a mail that was sent from here."
    for text in report.tokens:
        try:
            row = delivery_of(text, now=now)
        except InvalidTokenError as error:
            why = str(error)
            continue
        status = report.status if report.failed else "2.0.0"
        return record_bounce(row, status, report.diagnostic, now=now)
    raise serializers.ValidationError({"message": why})


def _answer(result: Result) -> Response:
    data: BounceJson = {
        "result": "ignored" if result.kind is None else "recorded" if result.is_new else "known",
        "delivery_id": result.delivery_id,
        "kind": result.kind or "",
        "suspended": result.suspended,
    }
    return Response(data)


routes = [path("api/v1/bounces", Bounces.as_view(), name="bounces")]
