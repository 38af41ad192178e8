"""Views of `/api/v1/status/incidents`: incidents and their updates (M22, M23, M41)."""

from django.db.models import Q, QuerySet, prefetch_related_objects
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.models import Incident
from incidents.notes import edit_update
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
    TextBody,
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


class IncidentView(StatusView):
    """A token of one page sees what touches it, and changes what touches nothing else."""

    takes_page_tokens = True

    def rows(self) -> QuerySet[Incident]:
        """Return the incidents that the caller may see."""
        condition = self.reach.touching("impacts__component")
        # By ids: a join would tell an incident once for each component.
        return _rows().filter(pk__in=Incident.objects.filter(condition)) if condition else _rows()

    def find(self, pk: str, *, to_change: bool = False) -> Incident:
        """Return the incident in an address. Raises NotFound, or PermissionDenied."""
        incident = find(self.rows(), pk, name="incident")
        if to_change:
            touched = [each.component_id for each in incident.impacts.all()]
            self.reach.require_all(touched, what="incident")
        return incident

    def answer(self, incident: Incident, *, status: int = 200) -> Response:
        """Return the response with an incident, and its tag."""
        data = incident_json(incident, reach=self.reach)
        return conditional_response(self.request, data, version=incident.version, status=status)


class IncidentList(IncidentView):
    def get(self, request: Request) -> Response:
        query = self.query_of(Filters)
        rows = self.rows().filter(query.get("status", Q()))
        if "severity" in query:
            rows = rows.filter(severity=query["severity"])
        data: IncidentListJson = {
            "incidents": [incident_json(each, reach=self.reach) for each in page_of(rows, query)],
            "total": rows.count(),
        }
        return Response(data)

    @idempotent
    def post(self, request: Request) -> Response:
        body = IncidentBody(data=request.data)
        body.is_valid(raise_exception=True)
        self.reach.refuse_fields(body.validated_data, ("template",))
        arguments = body.service_arguments()
        self.reach.require_some([each.pk for each in arguments["impacts"]])
        incident = open_incident(**arguments, actor=caller(request))
        prefetch_related_objects([incident], "updates", "impacts")
        return self.answer(incident, status=201)


class IncidentDetail(IncidentView):
    def get(self, request: Request, pk: str) -> Response:
        return self.answer(self.find(pk))

    def put(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=False)

    def patch(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=True)

    def _change(self, request: Request, pk: str, *, partial: bool) -> Response:
        incident = self.find(pk, to_change=True)
        expected = expected_version(request, version=incident.version)
        body = ChangeBody(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        impacts = body.impacts(incident)
        if impacts is not None:
            self.reach.require_some([each.pk for each in impacts])
        others = ("components", "component_statuses", "notify", "hold_seconds")
        edit_incident(
            incident,
            changes={
                name: value for name, value in body.validated_data.items() if name not in others
            },
            impacts=impacts,
            notify=body.validated_data.get("notify", True),
            hold_seconds=body.validated_data.get("hold_seconds", 0),
            seen_version=expected,
            actor=caller(request),
        )
        return self.answer(_rows().get(pk=incident.pk))

    def delete(self, request: Request, pk: str) -> Response:
        incident = self.find(pk, to_change=True)
        query = self.query_of(DeletionQuery)
        delete_incident(
            incident,
            notify=query["notify"],
            hold_seconds=query["hold_seconds"],
            seen_version=expected_version(request, version=incident.version),
            actor=caller(request),
        )
        return Response(status=204)


class IncidentUpdates(IncidentView):
    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        incident = self.find(pk, to_change=True)
        expected = expected_version(request, version=incident.version)
        body = UpdateBody(data=request.data)
        body.is_valid(raise_exception=True)
        values, impacts = body.validated_data, body.impacts()
        self.reach.require_known((each.pk for each in impacts), field="component_statuses")
        update = post_update(
            incident,
            status=values["status"],
            message=values["message"],
            messages=values.get("messages"),
            impacts=impacts,
            notify=values["notify"],
            hold_seconds=values["hold_seconds"],
            seen_version=expected,
            actor=caller(request),
        )
        return conditional_response(
            request, update_json(update, reach=self.reach), version=incident.version, status=201
        )


class IncidentUpdateDetail(IncidentView):
    def patch(self, request: Request, pk: str, number: str) -> Response:
        incident = self.find(pk, to_change=True)
        expected = expected_version(request, version=incident.version)
        row = find(incident.updates.select_related("incident"), number, name="update")
        body = TextBody(data=request.data)
        body.is_valid(raise_exception=True)
        edit_update(row, **body.validated_data, seen_version=expected, actor=caller(request))
        data = update_json(row, reach=self.reach)
        return conditional_response(request, data, version=row.incident.version)
