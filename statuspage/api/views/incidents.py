"""`/api/v1/status/incidents`: opening incidents and telling what comes of them (M22, M23, M41)."""

from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.models import Incident
from incidents.services import delete_incident, edit_incident, open_incident, post_update
from statuspage.api.authentication import caller
from statuspage.api.conditional import require_match, tell
from statuspage.api.fields import WordField, read_id
from statuspage.api.idempotency import idempotent
from statuspage.api.serializers.enums import read_severity, read_state
from statuspage.api.serializers.incidents import (
    ChangeBody,
    IncidentBody,
    IncidentListJson,
    UpdateBody,
    incident_json,
    update_json,
)
from statuspage.api.strict import StrictSerializer


class Filters(StrictSerializer):
    """What a list may be asked for; anything else is refused by name."""

    status = WordField(read_state, required=False)
    severity = WordField(read_severity, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=500, default=100)
    offset = serializers.IntegerField(min_value=0, max_value=10**9, default=0)


class _View(APIView):
    scopes = {"read": "status:read", "write": "status:write"}
    tells_error_object = True


def _rows() -> QuerySet[Incident]:
    return Incident.objects.prefetch_related("updates", "impacts").order_by("-started_at", "-id")


def _find(text: str) -> Incident:
    pk = read_id(text)
    incident = _rows().filter(pk=pk).first()
    if incident is None:
        raise NotFound(f"There is no incident {pk}.")
    return incident


def _seen(request: Request, incident: Incident) -> int | None:
    """The version that the caller means to change; None when any will do."""
    require_match(request, version=incident.version)
    return incident.version if "If-Match" in request.headers else None


def _answer(request: Request, pk: int) -> Response:
    """An incident as it is stored by now, with its tag."""
    incident = _rows().get(pk=pk)
    return tell(request, incident_json(incident), version=incident.version)


class IncidentList(_View):
    def get(self, request: Request) -> Response:
        filters = Filters(data=request.query_params.dict())
        filters.is_valid(raise_exception=True)
        asked: dict[str, Any] = dict(filters.validated_data)
        start, limit = asked.pop("offset"), asked.pop("limit")
        rows = _rows().filter(**asked)
        page = rows[start : start + limit]
        told: IncidentListJson = {
            "incidents": [incident_json(each) for each in page],
            "total": rows.count(),
        }
        return Response(told)

    @idempotent
    def post(self, request: Request) -> Response:
        body = IncidentBody(data=request.data)
        body.is_valid(raise_exception=True)
        incident = open_incident(**body.opening(), actor=caller(request))
        prefetch_related_objects([incident], "updates", "impacts")
        return tell(request, incident_json(incident), version=incident.version, status=201)


class IncidentDetail(_View):
    def get(self, request: Request, pk: str) -> Response:
        incident = _find(pk)
        return tell(request, incident_json(incident), version=incident.version)

    def put(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=False)

    def patch(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=True)

    def _change(self, request: Request, pk: str, *, partial: bool) -> Response:
        incident = _find(pk)
        seen = _seen(request, incident)
        body = ChangeBody(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        named = ("components", "component_statuses")
        edit_incident(
            incident,
            changes={
                name: value for name, value in body.validated_data.items() if name not in named
            },
            impacts=body.impacts(incident),
            seen_version=seen,
            actor=caller(request),
        )
        return _answer(request, incident.pk)

    def delete(self, request: Request, pk: str) -> Response:
        incident = _find(pk)
        delete_incident(incident, seen_version=_seen(request, incident), actor=caller(request))
        return Response(status=204)


class IncidentUpdates(_View):
    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        incident = _find(pk)
        seen = _seen(request, incident)
        body = UpdateBody(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        update = post_update(
            incident,
            status=said["status"],
            message=said["message"],
            impacts=body.impacts(),
            notify=said["notify"],
            seen_version=seen,
            actor=caller(request),
        )
        return tell(request, update_json(update), version=incident.version, status=201)
