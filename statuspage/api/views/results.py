"""Views of `/api/v1/monitors/{id}/results` and `…/rollups`: single results and their rollups."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypedDict

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from components.values.json_types import OneOf
from monitors.history.latency_series import Point, rollup_points
from monitors.models import Check, Monitor, Result
from monitors.rules.rollups import Resolution
from monitors.selectors import latest_results
from statuspage.api.fields import InstantField
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import MonitorsView

MAX_ROWS = 5_000
_DEFAULT_SPANS = {
    Resolution.MINUTE: timedelta(days=1),
    Resolution.HOUR: timedelta(days=7),
    Resolution.DAY: timedelta(days=90),
}
"""How far back the rows go when `from` is left out."""


class ResultJson(TypedDict):
    started_at: datetime
    region: str
    result: str
    latency_ms: float | None
    code: int | None
    late_ms: float | None
    message: str
    phases: dict[str, float | None]


class ResultListJson(TypedDict):
    results: list[ResultJson]


class LatenciesJson(TypedDict):
    """Milliseconds."""

    min: float | None
    avg: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None


class RollupJson(TypedDict):
    start: datetime
    count: int
    failures: int
    degraded: int
    inconclusive: int
    latency_ms: LatenciesJson


RollupListJson = TypedDict(
    "RollupListJson",
    {
        "resolution": Annotated[str, OneOf(each.name.lower() for each in Resolution)],
        "to": datetime,
        "rows": list[RollupJson],
        "from": datetime,  # a word of Python's own, so the members cannot stand in a class
    },
)


class ResultsQuery(StrictSerializer):
    limit = serializers.IntegerField(min_value=1, max_value=1_000, default=100)
    region = serializers.CharField(required=False)


class RollupsQuery(StrictSerializer):
    resolution = serializers.ChoiceField(
        [each.name.lower() for each in _DEFAULT_SPANS], default="hour"
    )
    to = InstantField(required=False)
    region = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, Any]:
        # A word of Python's own, so it cannot be written as the others are.
        return {**super().get_fields(), "from": InstantField(required=False)}


class Results(MonitorsView):
    """The latest single results, newest first."""

    def get(self, request: Request, pk: int) -> Response:
        query = self.query_of(ResultsQuery)
        limit = query["limit"]
        results = [
            (check, result)
            for check in _checks(pk, query.get("region"))
            for result in latest_results(check, limit=limit)
        ]
        results.sort(key=lambda each: each[1].at_ms, reverse=True)
        data: ResultListJson = {
            "results": [_result_json(check, result) for check, result in results[:limit]]
        }
        return Response(data)


class Rollups(MonitorsView):
    """Rollups of a minute, an hour or a day, in order of time; all regions together, or one."""

    def get(self, request: Request, pk: int) -> Response:
        query = self.query_of(RollupsQuery)
        resolution = Resolution[query["resolution"].upper()]
        since, until = _period(query, resolution)
        checks = [check.pk for check in _checks(pk, query.get("region"))]
        points = rollup_points(checks, resolution=resolution, since=since, until=until)
        data: RollupListJson = {
            "resolution": query["resolution"],
            "from": since,
            "to": until,
            "rows": [_rollup_json(point) for point in points],
        }
        return Response(data)


def _period(query: dict[str, Any], resolution: Resolution) -> tuple[datetime, datetime]:
    until = query.get("to") or datetime.now(UTC)
    try:
        since = query.get("from") or until - _DEFAULT_SPANS[resolution]
    except OverflowError:
        raise _problem("to", "It lies before all time.") from None
    if since >= until:
        raise _problem("from", "It must lie before `to`.")
    longest = timedelta(minutes=resolution) * MAX_ROWS
    if until - since > longest:
        raise _problem("from", f"Ask for at most {MAX_ROWS:,} rows at a time, here {longest}.")
    return since, until


def _result_json(check: Check, result: Result) -> ResultJson:
    return {
        "started_at": result.at,
        "region": check.region_id,
        "result": result.word,
        "latency_ms": result.latency_ms,
        "code": result.code,
        "late_ms": result.late_ms,
        "message": result.message,
        "phases": result.phases,
    }


def _rollup_json(point: Point) -> RollupJson:
    return {
        "start": point.start,
        "count": point.count,
        "failures": point.failures,
        "degraded": point.degraded,
        "inconclusive": point.inconclusive,
        "latency_ms": {
            "min": _rounded(point.minimum),
            "avg": _rounded(point.mean),
            "p50": _rounded(point.p50),
            "p95": _rounded(point.p95),
            "p99": _rounded(point.p99),
            "max": _rounded(point.maximum),
        },
    }


def _rounded(latency_ms: float | None) -> float | None:
    return None if latency_ms is None else round(latency_ms, 3)


def _checks(pk: int, region: str | None) -> list[Check]:
    """Return the monitor's checks, of all regions or of the one asked for."""
    checks = list(get_object_or_404(Monitor, pk=pk).checks.order_by("region_id"))
    known = [check.region_id for check in checks]
    if region is not None and region not in known:
        raise _problem("region", f"This monitor looks from: {', '.join(known)}.")
    return [check for check in checks if region in (None, check.region_id)]


def _problem(parameter: str, message: str) -> serializers.ValidationError:
    return serializers.ValidationError({parameter: [message]})
