"""Views of `/api/v1/status/incidents`: incidents and their updates (M22, M23, M41)."""

from django.db.models import Q, QuerySet, prefetch_related_objects
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.models import Incident
from incidents.services import delete_incident, edit_incident, open_incident, post_update
from statuspage.api.authentication import caller
from statuspage.api.conditional import conditional_response, expected_version
from statuspage.api.fields import EnumField
from statuspage.api.filter_words import INCIDENT_WORDS, WordField
from statuspage.api.idempotency import idempotent
from statuspage.api.serializers.enums import read_severity
from statuspage.api.serializers.incidents import (
    ChangeBody,
    IncidentBody,
    IncidentListJson,
    UpdateBody,
    incident_json,
    update_json,
)
from statuspage.api.views.base import DeletionQuery, ListQuery, StatusView, find, page_of


class Filters(ListQuery):
    status = WordField(INCIDENT_WORDS, required=False)
    severity = EnumField(read_severity, required=False)


def _rows() -> QuerySet[Incident]:
    return Incident.objects.prefetch_related("updates", "impacts").order_by("-started_at", "-id")


def _stored_response(request: Request, pk: int) -> Response:
    """Return the response with an incident as it is stored by now, and its tag."""
    incident = _rows().get(pk=pk)
    return conditional_response(request, incident_json(incident), version=incident.version)


class IncidentList(StatusView):
    def get(self, request: Request) -> Response:
        query = self.query_of(Filters)
        rows = _rows().filter(query.get("status", Q()))
        if "severity" in query:
            rows = rows.filter(severity=query["severity"])
        data: IncidentListJson = {
            "incidents": [incident_json(each) for each in page_of(rows, query)],
            "total": rows.count(),
        }
        return Response(data)

    @idempotent
    def post(self, request: Request) -> Response:
        body = IncidentBody(data=request.data)
        body.is_valid(raise_exception=True)
        incident = open_incident(**body.service_arguments(), actor=caller(request))
        prefetch_related_objects([incident], "updates", "impacts")
        return conditional_response(
            request, incident_json(incident), version=incident.version, status=201
        )


class IncidentDetail(StatusView):
    def get(self, request: Request, pk: str) -> Response:
        incident = find(_rows(), pk, name="incident")
        return conditional_response(request, incident_json(incident), version=incident.version)

    def put(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=False)

    def patch(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=True)

    def _change(self, request: Request, pk: str, *, partial: bool) -> Response:
        incident = find(_rows(), pk, name="incident")
        expected = expected_version(request, version=incident.version)
        body = ChangeBody(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        others = ("components", "component_statuses", "notify", "hold_seconds")
        edit_incident(
            incident,
            changes={
                name: value for name, value in body.validated_data.items() if name not in others
            },
            impacts=body.impacts(incident),
            notify=body.validated_data.get("notify", True),
            hold_seconds=body.validated_data.get("hold_seconds", 0),
            seen_version=expected,
            actor=caller(request),
        )
        return _stored_response(request, incident.pk)

    def delete(self, request: Request, pk: str) -> Response:
        incident = find(_rows(), pk, name="incident")
        query = self.query_of(DeletionQuery)
        delete_incident(
            incident,
            notify=query["notify"],
            hold_seconds=query["hold_seconds"],
            seen_version=expected_version(request, version=incident.version),
            actor=caller(request),
        )
        return Response(status=204)


class IncidentUpdates(StatusView):
    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        incident = find(_rows(), pk, name="incident")
        expected = expected_version(request, version=incident.version)
        body = UpdateBody(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        update = post_update(
            incident,
            status=values["status"],
            message=values["message"],
            impacts=body.impacts(),
            notify=values["notify"],
            hold_seconds=values["hold_seconds"],
            seen_version=expected,
            actor=caller(request),
        )
        return conditional_response(
            request, update_json(update), version=incident.version, status=201
        )
