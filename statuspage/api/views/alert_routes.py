"""Views of `/api/v1/alert-routes`: which alerts go to which channels, and when."""

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers

from components.models import Component, Group
from components.values.json_types import OneOf
from components.values.severity import Severity
from statuspage.api.fields import MAX_ID, IdsField
from statuspage.api.strict import StrictPart, StrictSerializer
from statuspage.api.views.base import SubscribersView
from statuspage.api.views.resource import DetailView, ListView, ResourceView
from subscribers.alerting.routes import delete_route, save_route
from subscribers.models import AlertChannel, AlertRoute

_ROOT = "api/v1/alert-routes"
_WEEK = 7 * 24 * 60
_CLOCK = "%H:%M"
_SEVERITIES = [each.value for each in Severity]


class StepBody(StrictPart):
    """A channel, and after how many minutes without an acknowledgement it is told."""

    channel_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)
    after_minutes = serializers.IntegerField(min_value=0, max_value=_WEEK, default=0)


class RouteBody(StrictSerializer):
    """Without components and groups it takes the alerts of all of them."""

    name = serializers.CharField(max_length=100)
    enabled = serializers.BooleanField(required=False)
    components = IdsField(required=False)
    groups = IdsField(required=False)
    min_severity = serializers.ChoiceField(choices=_SEVERITIES, required=False)
    steps = serializers.ListField(child=StepBody(), max_length=50, required=False)
    hours_zone = serializers.CharField(max_length=60, required=False)
    hours_days = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7), max_length=7, required=False
    )
    hours_from = serializers.TimeField(
        format=_CLOCK, input_formats=[_CLOCK, "%H:%M:%S"], allow_null=True, required=False
    )
    hours_to = serializers.TimeField(
        format=_CLOCK, input_formats=[_CLOCK, "%H:%M:%S"], allow_null=True, required=False
    )
    waits_outside = serializers.ListField(
        child=serializers.ChoiceField(choices=_SEVERITIES), max_length=10, required=False
    )
    remind_minutes = serializers.IntegerField(min_value=0, max_value=_WEEK, required=False)

    def validate_components(self, ids: list[int]) -> list[Component]:
        return _existing(Component.objects.in_bulk(ids), ids, "component")

    def validate_groups(self, ids: list[int]) -> list[Group]:
        return _existing(Group.objects.in_bulk(ids), ids, "group")

    def validate_steps(self, steps: list[dict[str, int]]) -> dict[AlertChannel, int]:
        ids = [step["channel_id"] for step in steps]
        if len(set(ids)) < len(ids):
            raise serializers.ValidationError("Write each channel once.")
        rows = _existing(AlertChannel.objects.in_bulk(ids), ids, "alert channel")
        minutes = {step["channel_id"]: step.get("after_minutes", 0) for step in steps}
        return {row: minutes[row.pk] for row in rows}


def _existing(rows: Mapping[int, Any], ids: list[int], what: str) -> list[Any]:
    if missing := [pk for pk in ids if pk not in rows]:
        raise serializers.ValidationError(f"There is no {what} {missing[0]}.")
    return [rows[pk] for pk in dict.fromkeys(ids)]


class StepJson(TypedDict):
    channel_id: int
    after_minutes: int


class RouteJson(TypedDict):
    """`hours_days` are 1 (Monday) to 7; `hours_from` and `hours_to` a clock of `hours_zone`."""

    id: int
    name: str
    enabled: bool
    components: list[int]
    groups: list[int]
    min_severity: Annotated[str, OneOf(Severity)]
    steps: list[StepJson]
    hours_zone: str
    hours_days: list[int]
    hours_from: str | None
    hours_to: str | None
    waits_outside: list[str]
    remind_minutes: int


class RouteListJson(TypedDict):
    routes: list[RouteJson]
    total: int


class _Routes(SubscribersView, ResourceView[AlertRoute]):
    noun, root, body = "alert route", _ROOT, RouteBody

    def rows(self) -> QuerySet[AlertRoute]:
        return AlertRoute.objects.order_by("name").prefetch_related("components", "groups", "steps")

    def represent(self, row: AlertRoute) -> RouteJson:
        return {
            "id": row.pk,
            "name": row.name,
            "enabled": row.enabled,
            "components": sorted(each.pk for each in row.components.all()),
            "groups": sorted(each.pk for each in row.groups.all()),
            "min_severity": row.min_severity,
            "steps": [
                {"channel_id": step.channel_id, "after_minutes": step.after_minutes}
                for step in row.steps.all()
            ],
            "hours_zone": row.hours_zone,
            "hours_days": sorted(row.hours_days),
            "hours_from": f"{row.hours_from:{_CLOCK}}" if row.hours_from else None,
            "hours_to": f"{row.hours_to:{_CLOCK}}" if row.hours_to else None,
            "waits_outside": row.waits_outside,
            "remind_minutes": row.remind_minutes,
        }

    def store(
        self, row: AlertRoute | None, values: Mapping[str, Any], *, actor: str
    ) -> tuple[AlertRoute, Mapping[str, str]]:
        row, own = row or AlertRoute(), dict(values)
        related = {name: own.pop(name, None) for name in ("components", "groups", "steps")}
        for name, value in own.items():
            setattr(row, name, value)
        return save_route(row, **related, actor=actor), {}

    def remove(self, row: AlertRoute, *, actor: str) -> None:
        delete_route(row, actor=actor)


class RouteList(_Routes, ListView[AlertRoute]):
    member = "routes"


class RouteDetail(_Routes, DetailView[AlertRoute]):
    pass


routes = [
    path(_ROOT, RouteList.as_view(), name="alert-routes"),
    path(f"{_ROOT}/<str:pk>", RouteDetail.as_view(), name="alert-route"),
]
