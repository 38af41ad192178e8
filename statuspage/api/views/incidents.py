"""`/api/v1/status/incidents`: opening incidents and telling what comes of them (M22, M23, M41)."""

from django.db.models import QuerySet, prefetch_related_objects
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.models import Incident
from incidents.services import delete_incident, edit_incident, open_incident, post_update
from statuspage.api.authentication import caller
from statuspage.api.conditional import seen_version, tell
from statuspage.api.fields import WordField
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
from statuspage.api.views.base import ListQuery, StatusView, find, page_of

_FILTERS = ("status", "severity")


class Filters(ListQuery):
    status = WordField(read_state, required=False)
    severity = WordField(read_severity, required=False)


def _rows() -> QuerySet[Incident]:
    return Incident.objects.prefetch_related("updates", "impacts").order_by("-started_at", "-id")


def _answer(request: Request, pk: int) -> Response:
    """An incident as it is stored by now, with its tag."""
    incident = _rows().get(pk=pk)
    return tell(request, incident_json(incident), version=incident.version)


class IncidentList(StatusView):
    def get(self, request: Request) -> Response:
        asked = self.asked(Filters)
        rows = _rows().filter(**{name: asked[name] for name in _FILTERS if name in asked})
        told: IncidentListJson = {
            "incidents": [incident_json(each) for each in page_of(rows, asked)],
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


class IncidentDetail(StatusView):
    def get(self, request: Request, pk: str) -> Response:
        incident = find(_rows(), pk, name="incident")
        return tell(request, incident_json(incident), version=incident.version)

    def put(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=False)

    def patch(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=True)

    def _change(self, request: Request, pk: str, *, partial: bool) -> Response:
        incident = find(_rows(), pk, name="incident")
        seen = seen_version(request, version=incident.version)
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
        incident = find(_rows(), pk, name="incident")
        delete_incident(
            incident,
            seen_version=seen_version(request, version=incident.version),
            actor=caller(request),
        )
        return Response(status=204)


class IncidentUpdates(StatusView):
    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        incident = find(_rows(), pk, name="incident")
        seen = seen_version(request, version=incident.version)
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
