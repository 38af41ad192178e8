"""Views of `/api/v1/monitors/{id}/alerts/{format}` and `/api/v1/alerts/{format}`: another system's
alerts come in (P01, P04); and of `/api/v1/alert-rules`, which share out those of the latter."""

import time
from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

from django.conf import settings
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied, Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from components.models import Component
from components.values.json_types import OneOf
from monitors.alert_formats import registry
from monitors.alert_formats.base import AlertFormatError
from monitors.alert_rules import delete_rule, save_rule
from monitors.external_alerts import sns
from monitors.external_alerts.intake import Intake, LanesFullError, take_alerts
from monitors.external_alerts.routing import route_alerts
from monitors.models import AlertRule, Check, Monitor
from monitors.models.alert import status_choices
from monitors.rules.incoming_alert import IncomingAlert
from statuspage.access.tokens import ALERTS_WRITE
from statuspage.api.authentication import PasswordAuthentication
from statuspage.api.fields import MAX_ID
from statuspage.api.parsers import BoundedJSONParser
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import ApiView, MonitorsView
from statuspage.api.views.resource import DetailView, ListView, ResourceView

_RULES = "api/v1/alert-rules"
FULL_RETRY_SECONDS = 60
"""What is said to a sender whose alerts found no place."""


class AlertsTakenJson(TypedDict):
    """What a message of alerts changed."""

    accepted: int
    """How many alerts it had."""
    opened: int
    """Those of them that are new."""
    resolved: int
    unmatched: int
    """Those that no rule maps to a component."""


class PlainJSONParser(BoundedJSONParser):
    """A parser of JSON that calls itself text: so Amazon SNS sends it."""

    media_type = "text/plain"


class MonitorAlerts(ApiView):
    """Takes the alerts of one message; the same message again changes nothing."""

    scopes = {"read": ALERTS_WRITE, "write": ALERTS_WRITE}
    authentication_classes = (PasswordAuthentication,)
    takes_monitor_tokens = True
    # What found a place is stored although the answer is 429.
    is_transaction = False
    parser_classes = (BoundedJSONParser, PlainJSONParser)

    def get_format_suffix(self, **names: Any) -> None:
        """Keep the format in the address from being taken for one of the response."""

    def post(self, request: Request, pk: int, **names: str) -> Response:
        self._require_monitor(pk)
        monitor = get_object_or_404(Monitor, pk=pk)
        mapping = monitor.config.get("mapping", {}) if monitor.takes_alerts else {}
        alerts = parse_alerts(names["format"], request.data, mapping=mapping)
        try:
            intake = take_alerts(monitor, alerts, now=time.time())
        except LanesFullError as error:
            raise Throttled(wait=FULL_RETRY_SECONDS, detail=str(error)) from None
        except Check.DoesNotExist:
            raise NotFound(f"The monitor {pk} was deleted.") from None
        return _answer(intake, unmatched=0)

    def _require_monitor(self, pk: int) -> None:
        """Raise PermissionDenied when the caller's token is for another monitor."""
        token: Any = self.request.auth
        if token.monitor not in (None, pk):
            text = f"The token {token.name} is for the monitor {token.monitor} alone."
            raise PermissionDenied(text)


class AllAlerts(ApiView):
    """Takes alerts for any component: rules say which each is about (P04)."""

    scopes = {"read": ALERTS_WRITE, "write": ALERTS_WRITE}
    authentication_classes = (PasswordAuthentication,)
    is_transaction = False
    parser_classes = (BoundedJSONParser, PlainJSONParser)

    def get_format_suffix(self, **names: Any) -> None:
        """Keep the format in the address from being taken for one of the response."""

    def post(self, request: Request, **names: str) -> Response:
        alerts = parse_alerts(names["format"], request.data, mapping={})
        try:
            routed = route_alerts(alerts, now=time.time())
        except LanesFullError as error:
            raise Throttled(wait=FULL_RETRY_SECONDS, detail=str(error)) from None
        return _answer(routed.intake, unmatched=routed.unmatched)


def _answer(intake: Intake, *, unmatched: int) -> Response:
    data: AlertsTakenJson = {
        "accepted": intake.accepted,
        "opened": intake.opened,
        "resolved": intake.resolved,
        "unmatched": unmatched,
    }
    return Response(data, status=202)


def parse_alerts(name: str, body: Any, *, mapping: Mapping[str, str]) -> list[IncomingAlert]:
    """Return the alerts of a body. Raises NotFound for a format that there is not, and
    ValidationError naming what is wrong with the body."""
    if name not in registry.FORMATS:
        raise NotFound(f"There is no format {name!r}; there are: {', '.join(registry.FORMATS)}.")
    try:
        if name == registry.SNS:
            sns.verify(body, topics=settings.STATUSPAGE.sns_topics)
        return registry.parse(name, body, mapping=mapping)
    except AlertFormatError as error:
        raise serializers.ValidationError({error.field: [str(error)]}) from None


class AlertRuleBody(StrictSerializer):
    """`matchers` are labels as in Alertmanager; without any it matches every alert."""

    name = serializers.CharField(max_length=100, allow_blank=True, required=False)
    position = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    matchers = serializers.CharField(max_length=1_000, allow_blank=True, required=False)
    component_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)
    status = serializers.ChoiceField(choices=status_choices(), required=False)

    def validate_component_id(self, pk: int) -> int:
        if not Component.objects.filter(pk=pk).exists():
            raise serializers.ValidationError(f"There is no component {pk}.")
        return pk


class AlertRuleJson(TypedDict):
    """Rules are tried by their `position`, lowest first; the first that matches counts."""

    id: int
    name: str
    """What catalogue files call it; '' for none."""
    position: int
    matchers: str
    component_id: int
    status: Annotated[str, OneOf(word for word, _ in status_choices())]


class AlertRuleListJson(TypedDict):
    alert_rules: list[AlertRuleJson]
    total: int


class _AlertRules(MonitorsView, ResourceView[AlertRule]):
    noun, root, body = "alert rule", _RULES, AlertRuleBody

    def rows(self) -> QuerySet[AlertRule]:
        return AlertRule.objects.order_by("position", "pk")

    def represent(self, row: AlertRule) -> AlertRuleJson:
        return {
            "id": row.pk,
            "name": row.name,
            "position": row.position,
            "matchers": row.matchers,
            "component_id": row.component_id,
            "status": row.status,
        }

    def store(
        self, row: AlertRule | None, values: Mapping[str, Any], *, actor: str
    ) -> tuple[AlertRule, Mapping[str, str]]:
        row = row or AlertRule()
        for name, value in values.items():
            setattr(row, name, value)
        return save_rule(row, actor=actor), {}

    def remove(self, row: AlertRule, *, actor: str) -> None:
        delete_rule(row, actor=actor)


class AlertRuleList(_AlertRules, ListView[AlertRule]):
    member = "alert_rules"


class AlertRuleDetail(_AlertRules, DetailView[AlertRule]):
    pass


routes = [
    path(_RULES, AlertRuleList.as_view(), name="alert-rules"),
    path(f"{_RULES}/<str:pk>", AlertRuleDetail.as_view(), name="alert-rule"),
    path("api/v1/alerts/<str:format>", AllAlerts.as_view(), name="all-alerts"),
    path(
        "api/v1/monitors/<int:pk>/alerts/<str:format>",
        MonitorAlerts.as_view(),
        name="monitor-alerts",
    ),
]
