"""View of `/api/v1/monitors/{id}/numbers`: a number comes in, and thresholds judge it."""

import time
from datetime import UTC, datetime
from typing import Annotated, Any, TypedDict

from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from components.status import Verdict
from components.values.json_types import OneOf
from monitors.models import Check, Monitor
from monitors.pushed_numbers.intake import take_number
from statuspage.access.tokens import ALERTS_WRITE
from statuspage.api.authentication import PasswordAuthentication
from statuspage.api.fields import InstantField
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import ApiView


class NumberField(serializers.FloatField):
    """A JSON number: no text that looks like one, and no true or false."""

    default_error_messages = {"invalid": "Write a number, such as 42 or 0.5, without quotes."}

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return float(data)


class NumberBody(StrictSerializer):
    """`at` is when it was measured; without it that is when it comes."""

    value = NumberField()
    at = InstantField(required=False)


class NumberTakenJson(TypedDict):
    """What a number means."""

    status: Annotated[str, OneOf(each.value for each in Verdict)]
    reason: str
    """'' while it is up."""
    new: bool
    """Whether it was not known, with its time, before."""


class MonitorNumbers(ApiView):
    """Takes a number; the same of the same time again changes nothing."""

    scopes = {"read": ALERTS_WRITE, "write": ALERTS_WRITE}
    authentication_classes = (PasswordAuthentication,)
    takes_monitor_tokens = True

    def post(self, request: Request, pk: int) -> Response:
        token: Any = request.auth
        if token.monitor not in (None, pk):
            text = f"The token {token.name} is for the monitor {token.monitor} alone."
            raise PermissionDenied(text)
        monitor = get_object_or_404(Monitor, pk=pk)
        body = NumberBody(data=request.data)
        body.is_valid(raise_exception=True)
        at: datetime | None = body.validated_data.get("at")
        try:
            taken = take_number(
                monitor,
                body.validated_data["value"],
                stated_at=None if at is None else at.astimezone(UTC).timestamp(),
                now=time.time(),
            )
        except Check.DoesNotExist:
            raise NotFound(f"The monitor {pk} was deleted.") from None
        data: NumberTakenJson = {
            "status": taken.judgement.verdict.value,
            "reason": taken.judgement.reason,
            "new": taken.is_new,
        }
        return Response(data, status=202)


routes = [
    path("api/v1/monitors/<int:pk>/numbers", MonitorNumbers.as_view(), name="monitor-numbers")
]
