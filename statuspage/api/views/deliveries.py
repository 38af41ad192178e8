"""Views of `/api/v1/deliveries` and `/api/v1/alerts`: the ledger, and acknowledging."""

from datetime import UTC, datetime
from typing import Annotated, Any, NotRequired, TypedDict

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from components.values.json_types import OneOf
from statuspage.api.authentication import caller
from statuspage.api.filter_words import ALERT_WORDS, DELIVERY_WORDS, WordField
from statuspage.api.idempotency import idempotent
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import SubscribersView
from subscribers.alerting.service import acknowledge
from subscribers.channels.registry import channel_choices
from subscribers.delivery import ledger
from subscribers.enums import AlertStage
from subscribers.models import Alert, Delivery


class DeliveryListJson(TypedDict):
    """`counts`, by state, are told when an event is asked for."""

    deliveries: list[ledger.DeliveryJson]
    counts: NotRequired[dict[str, int]]


class RedeliveryJson(TypedDict):
    id: int
    state: str


class AlertJson(TypedDict):
    id: int
    component_id: int | None
    name: str
    headline: str
    """As it was last told: `DOWN: Web shop`."""
    message: str
    """The monitors' words."""
    stage: Annotated[str, OneOf(AlertStage)]
    severity: str
    began_at: datetime
    raised_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    resolved_at: datetime | None


class AlertListJson(TypedDict):
    alerts: list[AlertJson]


class _Page(StrictSerializer):
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=100)
    before = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    """The last id of the former page."""


class DeliveryFilters(_Page):
    aliases = {"status": "state"}

    event = serializers.CharField(required=False, max_length=40)
    state = WordField(DELIVERY_WORDS, required=False)
    channel = serializers.ChoiceField(choices=channel_choices(), required=False)

    def validate_event(self, value: str) -> Any:
        try:
            return ledger.event_filter(value)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


class AlertFilters(_Page):
    aliases = {"status": "stage"}

    stage = WordField(ALERT_WORDS, required=False)


class DeliveryList(SubscribersView):
    """The deliveries, newest first. Addresses are masked for tokens that may only read."""

    def get(self, request: Request) -> Response:
        query = self.query_of(DeliveryFilters)
        limit, before = query.pop("limit"), query.pop("before", None)
        event = query.pop("event", None)
        rows = Delivery.objects.filter(query.pop("state", Q()), **query)
        if event is not None:
            rows = rows.filter(event)
        page = rows.filter(pk__lt=before) if before else rows
        page = page.select_related("notice", "subscriber", "alert_channel").order_by(
            "-id" if event is None else ledger.newest_of_event()
        )
        user: Any = request.user
        reveal_addresses = "subscribers:write" in user.token.scopes
        data: DeliveryListJson = {
            "deliveries": [
                ledger.delivery_json(row, openly=reveal_addresses) for row in page[:limit]
            ]
        }
        # Counting is for one event; all that was ever sent is too much to count.
        if event is not None:
            data["counts"] = ledger.count_by_state(rows)
        return Response(data)


class Redeliver(SubscribersView):
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        row = get_object_or_404(Delivery, pk=pk)
        if not ledger.redeliver(Delivery.objects.filter(pk=pk), now=datetime.now(UTC)):
            message = f"It is {row.state}: only what was sent, or failed, can be sent again."
            raise serializers.ValidationError({"state": message})
        data: RedeliveryJson = {"id": pk, "state": "queued"}
        return Response(data, status=202)


class AlertList(SubscribersView):
    def get(self, request: Request) -> Response:
        query = self.query_of(AlertFilters)
        limit, before = query.pop("limit"), query.pop("before", None)
        rows = Alert.objects.filter(query.get("stage", Q())).order_by("-id")
        page = rows.filter(pk__lt=before) if before else rows
        data: AlertListJson = {"alerts": [alert_json(row) for row in page[:limit]]}
        return Response(data)


class Acknowledge(SubscribersView):
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        alert = get_object_or_404(Alert, pk=pk)
        acknowledge(alert, by=caller(request), now=datetime.now(UTC))
        alert.refresh_from_db()
        return Response(alert_json(alert))


def alert_json(row: Alert) -> AlertJson:
    """Return an alert as the API shows it."""
    return {
        "id": row.pk,
        "component_id": row.component_id,
        "name": row.name,
        "headline": str(row.facts.get("headline", "")),
        "message": str(row.facts.get("message", "")),
        "stage": row.stage,
        "severity": row.severity,
        "began_at": row.began_at,
        "raised_at": row.raised_at,
        "acknowledged_at": row.acknowledged_at,
        "acknowledged_by": row.acknowledged_by,
        "resolved_at": row.resolved_at,
    }


routes = [
    path("api/v1/deliveries", DeliveryList.as_view(), name="deliveries"),
    path("api/v1/deliveries/<int:pk>/redeliver", Redeliver.as_view(), name="redeliver"),
    path("api/v1/alerts", AlertList.as_view(), name="alerts"),
    path("api/v1/alerts/<int:pk>/acknowledge", Acknowledge.as_view(), name="acknowledge"),
]
