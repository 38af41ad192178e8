"""Views of `/api/v1/agent/…`: the assignments and the reports of remote probes."""

import hashlib
import ipaddress
import math
import time
from typing import Any, TypedDict

from django.conf import settings
from django.db import transaction
from pydantic import ValidationError as ShapeError
from rest_framework import serializers
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from components.values.shape_errors import shape_sentence
from monitors import vantage_points
from monitors.agent.protocol import FEATURES, FEATURES_HEADER, TIME_HEADER, Assignments, Report
from monitors.agent_reports import (
    RegionTakenError,
    UnknownRegionError,
    assignments,
    claim_region,
    receive_report,
)
from statuspage.api.views.base import AgentView

MAX_SECONDS = 1e11
"""Seconds since the epoch: later than anything that is reported."""


class ReportTakenJson(TypedDict):
    sequence: int
    replayed: bool


class RegionConflictError(APIException):
    """Another agent probes from this region."""

    status_code = 409
    default_code = "taken"


class TimedAgentView(AgentView):
    """A view that states the server's time in every response, for agents to compare clocks."""

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        assert isinstance(response, Response)  # noqa: S101  (for the type checker)
        response[TIME_HEADER] = f"{time.time():.3f}"
        response[FEATURES_HEADER] = " ".join(FEATURES)
        response["Cache-Control"] = "no-store"
        return response


class AgentAssignments(TimedAgentView):
    """The assignments of `?region=&agent=&blind_since=`; a known ETag is answered 304.

    `blind_since`, in seconds since the epoch, is there while the agent has no network to judge by.
    """

    def get(self, request: Request) -> Response:
        region, agent = (self._required_parameter(request, name) for name in ("region", "agent"))
        self.require_seat(agent=agent, region=region)
        blind_since = self._blind_since(request)
        try:
            with transaction.atomic():
                claim_region(agent=agent, region=region, now=time.time())
                vantage_points.report(region=region, prober=agent, blind_since=blind_since)
        except UnknownRegionError as error:
            raise serializers.ValidationError({"region": str(error)}) from None
        except RegionTakenError as error:
            raise RegionConflictError(str(error)) from None
        assigned, has_secrets = assignments(region)
        if has_secrets and not _is_confidential(request):
            raise PermissionDenied("Secrets are sent only over https, or on this machine.")
        body = Assignments(region=region, assignments=assigned).model_dump_json().encode()
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
        if since is not None and not 0 <= since <= MAX_SECONDS:
            raise serializers.ValidationError({"blind_since": "Write seconds since the epoch."})
        return since

    @staticmethod
    def _required_parameter(request: Request, name: str) -> str:
        value = request.query_params.get(name, "")
        if not value or len(value) > 200 or not value.isprintable():
            raise serializers.ValidationError({name: "Write it in the query."})
        return value


def _is_confidential(request: Request) -> bool:
    """Return whether no one on the way can read it: TLS, ended by a proxy maybe, or no way."""
    if request.is_secure() or settings.STATUSPAGE.site_url.startswith("https:"):
        return True
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class AgentResults(TimedAgentView):
    """Receives a batch of results; one that was received before changes nothing."""

    def post(self, request: Request) -> Response:
        try:
            report = Report.model_validate(request.data)
        except ShapeError as error:
            problems = {
                ".".join(str(part) for part in problem["loc"]): [shape_sentence(problem)]
                for problem in error.errors(include_url=False, include_input=False)
            }
            raise serializers.ValidationError(problems) from None
        self.require_seat(agent=report.agent, region=report.region)
        try:
            is_new = receive_report(report, now=time.time())
        except RegionTakenError as error:
            raise RegionConflictError(str(error)) from None
        data: ReportTakenJson = {"sequence": report.sequence, "replayed": not is_new}
        return Response(data)
