"""`/api/v1/agent/…`: what remote probes are to do, and what they found."""

import hashlib
import ipaddress
import math
import time
from typing import Any, TypedDict

from django.conf import settings
from pydantic import ValidationError as ShapeError
from rest_framework import serializers
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from monitors import vantage_points
from monitors.agent.protocol import TIME_HEADER, Assignments, Report
from monitors.agent_reports import (
    RegionTakenError,
    UnknownRegionError,
    assignments,
    claim_region,
    receive_report,
)
from statuspage.api.views.base import AgentView

MOST_SECONDS = 1e11
"""Seconds since the epoch: later than anything we are told of."""


class ReportTakenJson(TypedDict):
    sequence: int
    replayed: bool


class TakenError(APIException):
    status_code = 409
    default_code = "taken"


class TimedAgentView(AgentView):
    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        assert isinstance(response, Response)  # noqa: S101  (for the type checker)
        response[TIME_HEADER] = f"{time.time():.3f}"
        response["Cache-Control"] = "no-store"
        return response


class AgentAssignments(TimedAgentView):
    """`?region=&agent=&blind_since=`; a known ETag is answered 304.

    `blind_since`, in seconds since the epoch, is there while the agent has no network to judge by.
    """

    def get(self, request: Request) -> Response:
        region, agent = (self._one(request, name) for name in ("region", "agent"))
        try:
            claim_region(agent=agent, region=region, now=time.time())
        except UnknownRegionError as error:
            raise serializers.ValidationError({"region": str(error)}) from None
        except RegionTakenError as error:
            raise TakenError(str(error)) from None
        vantage_points.report(region=region, blind_since=self._blind_since(request))
        told, secret = assignments(region)
        if secret and not _is_private(request):
            raise PermissionDenied("Secrets are only told over https, or on this very machine.")
        body = Assignments(region=region, assignments=told).model_dump_json().encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == etag:
            return Response(status=304, headers={"ETag": etag})
        return Response(Assignments.model_validate_json(body).model_dump(), headers={"ETag": etag})

    @staticmethod
    def _blind_since(request: Request) -> float | None:
        text = request.query_params.get("blind_since")
        try:
            since = None if text is None else float(text)
        except ValueError:
            since = math.nan
        if since is not None and not 0 <= since <= MOST_SECONDS:
            raise serializers.ValidationError({"blind_since": "Write seconds since the epoch."})
        return since

    @staticmethod
    def _one(request: Request, name: str) -> str:
        value = request.query_params.get(name, "")
        if not value or len(value) > 200 or not value.isprintable():
            raise serializers.ValidationError({name: "Write it in the query."})
        return value


def _is_private(request: Request) -> bool:
    """Whether nobody on the way can read the answer: TLS, ended by a proxy maybe, or no way."""
    if request.is_secure() or settings.STATUSPAGE.site_url.startswith("https:"):
        return True
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class AgentResults(TimedAgentView):
    """A batch of results; one that was taken in before changes nothing."""

    def post(self, request: Request) -> Response:
        try:
            report = Report.model_validate(request.data)
        except ShapeError as error:
            problems = {
                ".".join(str(part) for part in problem["loc"]): [problem["msg"]]
                for problem in error.errors(include_url=False, include_input=False)
            }
            raise serializers.ValidationError(problems) from None
        taken = receive_report(report, now=time.time())
        told: ReportTakenJson = {"sequence": report.sequence, "replayed": not taken}
        return Response(told)
