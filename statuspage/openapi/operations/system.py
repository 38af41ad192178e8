"""The system status API (contract T)."""

from typing import Any

from rest_framework import serializers

from statuspage.openapi.operation import Operation
from statuspage.renderers.json import system_status

_READ: dict[str, Any] = {"tag": "system status", "scope": "status:read"}


def _codes() -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=100), required=False)


def _page() -> serializers.CharField:
    text = "The slug of a page: what it shows. A token of one page has that one."
    return serializers.CharField(max_length=40, required=False, help_text=text)


class PageQuery(serializers.Serializer[Any]):
    page = _page()


class SystemStatusQuery(serializers.Serializer[Any]):
    """`a,b`, `services=a&services=b` and `services[]=a` are the same."""

    page = _page()
    services = _codes()
    regions = _codes()
    includeMetrics = serializers.BooleanField(default=False)
    includeIncidents = serializers.BooleanField(default=True)


class HistoryQuery(serializers.Serializer[Any]):
    page = _page()
    service = _codes()
    services = _codes()
    days = serializers.IntegerField(min_value=1, max_value=90, default=90)


OPERATIONS = {
    "GET /v2/monitoring/system-status": Operation(
        id="get_system_status", summary="The platform's status, filtered",
        query=SystemStatusQuery, responses={200: system_status.SystemStatusJson}, **_READ,
        description="Lists may be written `a,b`, `services=a&services=b` or `services[]=a`."
        " What is asked for and not there is named in `warnings`.",
    ),
    "GET /v2/monitoring/service-dependencies": Operation(
        id="get_service_dependencies", summary="What each service needs", query=PageQuery,
        responses={200: system_status.ServiceDependenciesJson},
        response_example={"API": {"dependencies": ["Database"], "status": "operational"}}, **_READ,
    ),
    "GET /v2/monitoring/history": Operation(
        id="get_history", summary="Each day of the last 90", query=HistoryQuery,
        responses={200: system_status.HistoryJson}, **_READ,
    ),
}  # fmt: skip
