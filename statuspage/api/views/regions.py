"""Views of `/api/v1/regions`: the places that monitors check from."""

from collections.abc import Mapping
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound

from components.values.region_codes import MAX_CODE_LENGTH
from monitors.models import Region
from monitors.regions import RegionInUseError, delete_region, save_region
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import MonitorsView
from statuspage.api.views.resource import DetailView, ListView, ResourceView

_ROOT = "api/v1/regions"
_ORDER_LIMIT = 2**31


class InUseError(APIException):
    """Something else still needs it."""

    status_code = 409
    default_code = "in_use"


class RegionBody(StrictSerializer):
    """`code` names it for good."""

    code = serializers.CharField(max_length=MAX_CODE_LENGTH)
    name = serializers.CharField(max_length=100)
    sort_order = serializers.IntegerField(
        min_value=-_ORDER_LIMIT, max_value=_ORDER_LIMIT - 1, required=False
    )
    latitude = serializers.FloatField(min_value=-90, max_value=90, allow_null=True, required=False)
    longitude = serializers.FloatField(
        min_value=-180, max_value=180, allow_null=True, required=False
    )


class RegionJson(TypedDict):
    """`latitude` and `longitude` are in degrees, north and east positive."""

    code: str
    name: str
    sort_order: int
    latitude: float | None
    longitude: float | None


class RegionListJson(TypedDict):
    regions: list[RegionJson]
    total: int


class _Regions(MonitorsView, ResourceView[Region]):
    noun, root, body = "region", _ROOT, RegionBody

    def rows(self) -> QuerySet[Region]:
        return Region.objects.order_by("sort_order", "code")

    def find(self, key: str) -> Region:
        row = self.rows().filter(pk=key).first()
        if row is None:
            raise NotFound(f"There is no region {key[:MAX_CODE_LENGTH]}.")
        return row

    def represent(self, row: Region) -> RegionJson:
        return {
            "code": row.code,
            "name": row.name,
            "sort_order": row.sort_order,
            "latitude": row.latitude,
            "longitude": row.longitude,
        }

    def store(
        self, row: Region | None, values: Mapping[str, Any], *, actor: str
    ) -> tuple[Region, Mapping[str, str]]:
        if row is not None and values.get("code", row.code) != row.code:
            raise ValidationError({"code": "A region keeps its code; create another one."})
        row = row or Region()
        for name, value in values.items():
            setattr(row, name, value)
        return save_region(row, actor=actor), {}

    def remove(self, row: Region, *, actor: str) -> None:
        try:
            delete_region(row, actor=actor)
        except RegionInUseError as error:
            raise InUseError(str(error)) from None


class RegionList(_Regions, ListView[Region]):
    member = "regions"


class RegionDetail(_Regions, DetailView[Region]):
    pass


routes = [
    path(_ROOT, RegionList.as_view(), name="regions"),
    path(f"{_ROOT}/<str:code>", RegionDetail.as_view(), name="region"),
]
