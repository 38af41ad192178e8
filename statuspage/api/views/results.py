"""`/api/v1/monitors/{id}/results` and `…/rollups`: what was found, and what it adds up to."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitors.history.latency_series import Point, rollup_points
from monitors.models import Check, Monitor
from monitors.rules.rollups import Resolution
from monitors.selectors import latest_results
from statuspage.api.fields import InstantField
from statuspage.api.strict import StrictSerializer

MOST_ROWS = 5_000
_SPANS = {
    Resolution.MINUTE: timedelta(days=1),
    Resolution.HOUR: timedelta(days=7),
    Resolution.DAY: timedelta(days=90),
}
"""How far back is told when `from` is left out."""


class ResultsQuery(StrictSerializer):
    limit = serializers.IntegerField(min_value=1, max_value=1_000, default=100)
    region = serializers.CharField(required=False)


class RollupsQuery(StrictSerializer):
    resolution = serializers.ChoiceField([each.name.lower() for each in _SPANS], default="hour")
    to = InstantField(required=False)
    region = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, Any]:
        # A word of Python's own, so it cannot be written as the others are.
        return {**super().get_fields(), "from": InstantField(required=False)}


class _View(APIView):
    scopes = {"read": "monitors:read", "write": "monitors:write"}


class Results(_View):
    """The latest single results, newest first."""

    def get(self, request: Request, pk: int) -> Response:
        asked = _asked(ResultsQuery, request)
        limit = asked["limit"]
        found = [
            (check, result)
            for check in _checks(pk, asked.get("region"))
            for result in latest_results(check, limit=limit)
        ]
        found.sort(key=lambda each: each[1].at_ms, reverse=True)
        told = [
            {
                "started_at": result.at,
                "region": check.region_id,
                "result": result.word,
                "latency_ms": result.latency_ms,
                "code": result.code,
                "late_ms": result.late_ms,
                "message": result.message,
                "phases": result.phases,
            }
            for check, result in found[:limit]
        ]
        return Response({"results": told})


class Rollups(_View):
    """Rows of a minute, an hour or a day, in order of time; all regions together, or one."""

    def get(self, request: Request, pk: int) -> Response:
        asked = _asked(RollupsQuery, request)
        resolution = Resolution[asked["resolution"].upper()]
        since, until = _period(asked, resolution)
        checks = [check.pk for check in _checks(pk, asked.get("region"))]
        found = rollup_points(checks, resolution=resolution, since=since, until=until)
        return Response(
            {
                "resolution": asked["resolution"],
                "from": since,
                "to": until,
                "rows": [_told(point) for point in found],
            }
        )


def _asked(query: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The address's parameters. Raises ValidationError naming those that will not do."""
    serializer = query(data=request.query_params.dict())
    serializer.is_valid(raise_exception=True)
    asked: dict[str, Any] = serializer.validated_data
    return asked


def _period(asked: dict[str, Any], resolution: Resolution) -> tuple[datetime, datetime]:
    until = asked.get("to") or datetime.now(UTC)
    try:
        since = asked.get("from") or until - _SPANS[resolution]
    except OverflowError:
        raise _problem("to", "It lies before all time.") from None
    if since >= until:
        raise _problem("from", "It must lie before `to`.")
    longest = timedelta(minutes=resolution) * MOST_ROWS
    if until - since > longest:
        raise _problem("from", f"Ask for at most {MOST_ROWS:,} rows at a time, here {longest}.")
    return since, until


def _told(point: Point) -> dict[str, Any]:
    latency = {
        "min": point.minimum, "avg": point.mean, "p50": point.p50, "p95": point.p95,
        "p99": point.p99, "max": point.maximum,
    }  # fmt: skip
    return {
        "start": point.start,
        "count": point.count,
        "failures": point.failures,
        "degraded": point.degraded,
        "inconclusive": point.inconclusive,
        "latency_ms": {name: None if v is None else round(v, 3) for name, v in latency.items()},
    }


def _checks(pk: int, region: str | None) -> list[Check]:
    """The monitor's checks, of all regions or of the one asked for."""
    checks = list(get_object_or_404(Monitor, pk=pk).checks.order_by("region_id"))
    known = [check.region_id for check in checks]
    if region is not None and region not in known:
        raise _problem("region", f"This monitor looks from: {', '.join(known)}.")
    return [check for check in checks if region in (None, check.region_id)]


def _problem(parameter: str, told: str) -> serializers.ValidationError:
    return serializers.ValidationError({parameter: [told]})
