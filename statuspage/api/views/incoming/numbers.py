"""View of `/api/v1/monitors/{id}/numbers`: numbers come in, and are read as a series."""

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
from monitors.history.latency_series import Span
from monitors.history.number_series import number_points
from monitors.models import Check, LastNumber, Monitor
from monitors.probers.number import NumberProber
from monitors.pushed_numbers.intake import take_number
from statuspage.access.tokens import ALERTS_WRITE
from statuspage.api.authentication import PasswordAuthentication
from statuspage.api.fields import InstantField
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import ApiView
from statuspage.state.number_views import number_name


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


class NumberRowJson(TypedDict):
    """The numbers of one step of time."""

    start: datetime
    count: int
    min: float
    avg: float
    max: float


class NumberListJson(TypedDict):
    """`value` is the newest number, whether it counts or not; null before the first."""

    measures: str
    unit: str
    value: float | None
    at: datetime | None
    span: Annotated[str, OneOf(each.name.lower() for each in Span)]
    rows: list[NumberRowJson]


class NumbersQuery(StrictSerializer):
    """`day` has a row for ten minutes, `week` for an hour, `quarter` for a day."""

    span = serializers.ChoiceField([each.name.lower() for each in Span], default="day")


class MonitorNumbers(ApiView):
    """Takes a number, the same of the same time once; tells what was sent."""

    scopes = {"read": "monitors:read", "write": ALERTS_WRITE}
    authentication_classes = (PasswordAuthentication,)
    takes_monitor_tokens = True

    def get(self, request: Request, pk: int) -> Response:
        self._require_monitor(pk)
        monitor = get_object_or_404(Monitor, pk=pk, kind=NumberProber.kind)
        word = self.query_of(NumbersQuery)["span"]
        points = number_points([pk], span=Span[word.upper()], now=datetime.now(UTC))
        last = LastNumber.objects.filter(monitor=pk).first()
        data: NumberListJson = {
            "measures": number_name(monitor),
            "unit": str(monitor.config.get("unit", "")),
            "value": last.value if last else None,
            "at": datetime.fromtimestamp(last.taken_at, UTC) if last else None,
            "span": word,
            "rows": [
                {
                    "start": each.start, "count": each.count, "min": each.lowest,
                    "avg": each.mean, "max": each.highest,
                }
                for each in points.get(pk, ())
            ],
        }  # fmt: skip
        return Response(data)

    def _require_monitor(self, pk: int) -> None:
        """Raise PermissionDenied when the caller's token is for another monitor."""
        token: Any = self.request.auth
        if token.monitor not in (None, pk):
            text = f"The token {token.name} is for the monitor {token.monitor} alone."
            raise PermissionDenied(text)

    def post(self, request: Request, pk: int) -> Response:
        self._require_monitor(pk)
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
