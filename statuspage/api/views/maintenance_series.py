"""Views of `/api/v1/maintenance-series`: recurring maintenance, of which windows are made."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypedDict

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers

from components.values.json_types import OneOf
from maintenance.lifecycle import Impact
from maintenance.models import Series
from maintenance.recurrence import MAX_RULE_LENGTH
from maintenance.series import change_series, delete_series, start_series, stop_series
from statuspage.api.fields import IdsField, RegionCodesField
from statuspage.api.serializers.incidents import components_by_id
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import StatusView
from statuspage.api.views.resource import DetailView, ListView, ResourceView

_ROOT = "api/v1/maintenance-series"
_LONGEST = 30 * 86_400


class SeriesBody(StrictSerializer):
    """`rule` is that of RFC 5545, counted from `first_local` on the clock of `timezone`; `duration`
    is in seconds. `notify` false tells nobody of its first window, or that its windows are off."""

    title = serializers.CharField(max_length=200)
    message = serializers.CharField(
        max_length=10_000, allow_blank=True, trim_whitespace=False, required=False
    )
    rule = serializers.CharField(max_length=MAX_RULE_LENGTH)
    timezone = serializers.CharField(max_length=60, required=False)
    first_local = serializers.CharField(max_length=19)
    duration = serializers.IntegerField(min_value=1, max_value=_LONGEST)
    components = IdsField(required=False)
    regions = RegionCodesField(required=False)
    impact = serializers.ChoiceField([each.value for each in Impact], required=False)
    blocks_api = serializers.BooleanField(required=False)
    remind_before = serializers.IntegerField(min_value=0, max_value=86_400, required=False)
    ended = serializers.BooleanField(required=False)
    notify = serializers.BooleanField(required=False)

    def validate_components(self, ids: list[int]) -> list[int]:
        return list(components_by_id(ids))

    def validate_ended(self, ended: bool) -> bool:
        if ended and self.instance is None:
            raise serializers.ValidationError("A new one has not ended: leave it out.")
        return ended


class SeriesJson(TypedDict):
    """`exceptions` are starts, as `first_local`, that were skipped at one of its windows."""

    id: int
    title: str
    message: str
    rule: str
    timezone: str
    first_local: str
    duration: int
    exceptions: list[str]
    components: list[int]
    regions: list[str]
    impact: Annotated[str, OneOf(Impact)]
    blocks_api: bool
    remind_before: int
    ended: bool


class SeriesListJson(TypedDict):
    maintenance_series: list[SeriesJson]
    total: int


class _AllSeries(StatusView, ResourceView[Series]):
    noun, root, body = "recurring maintenance", _ROOT, SeriesBody

    def rows(self) -> QuerySet[Series]:
        return Series.objects.order_by("pk").prefetch_related("components")

    def represent(self, row: Series) -> SeriesJson:
        return {
            "id": row.pk,
            "title": row.title,
            "message": row.message,
            "rule": row.rule,
            "timezone": row.timezone,
            "first_local": row.first_local,
            "duration": int(row.duration.total_seconds()),
            "exceptions": sorted(row.exceptions),
            "components": sorted(each.pk for each in row.components.all()),
            "regions": row.regions,
            "impact": row.impact,
            "blocks_api": row.blocks_api,
            "remind_before": row.remind_before,
            "ended": row.ended,
        }

    def store(
        self, row: Series | None, values: Mapping[str, Any], *, actor: str
    ) -> tuple[Series, Mapping[str, str]]:
        now, given = datetime.now(UTC), dict(values)
        notify, components = given.pop("notify", True), given.pop("components", None)
        if "duration" in given:
            given["duration"] = timedelta(seconds=given["duration"])
        if row is None:
            made = Series(**{name: value for name, value in given.items() if name != "ended"})
            start_series(made, components=components or (), notify=notify, actor=actor, at=now)
            return made, {}
        ends = given.get("ended", False) and not row.ended
        if ends:
            del given["ended"]
        row = change_series(row, values=given, components=components, actor=actor, at=now)
        if ends:
            row = stop_series(row, notify=notify, actor=actor, at=now)
        return row, {}

    def remove(self, row: Series, *, actor: str) -> None:
        delete_series(row, actor=actor, at=datetime.now(UTC))


class SeriesList(_AllSeries, ListView[Series]):
    member = "maintenance_series"


class SeriesDetail(_AllSeries, DetailView[Series]):
    pass


routes = [
    path(_ROOT, SeriesList.as_view(), name="maintenance-series"),
    path(f"{_ROOT}/<str:pk>", SeriesDetail.as_view(), name="maintenance-series-one"),
]
