"""Views of a page's `incident_templates`, and of what this product does not have of Statuspage.

A template here is of all pages. It has no components, no group and no flags of its own: they are
answered as a template of Statuspage that sets none.
"""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from components.values.public_ids import public_id
from incidents.models import IncidentTemplate
from incidents.templates import delete_template, save_template
from incidents.workflow import IncidentState
from statuspage.api.authentication import caller
from statuspage.api.duplicates import duplicates_as_conflicts
from statuspage.api.idempotency import idempotent
from statuspage.api.statuspage_v1.bodies import (
    DialectBody,
    WordField,
    errors_by_names,
    unwrapped,
)
from statuspage.api.statuspage_v1.objects import Json
from statuspage.api.statuspage_v1.page import AddressedPage, DialectView, require_row
from statuspage.catalogue.protection import kept_as_described

_WORDS = {
    each.value: each
    for each in (
        IncidentState.INVESTIGATING,
        IncidentState.IDENTIFIED,
        IncidentState.MONITORING,
        IncidentState.RESOLVED,
    )
}
_NAMES = {"message": "body", "status": "update_status"}
_COLUMNS = {"name": "name", "title": "title", "body": "message", "update_status": "status"}
_OF_ALL = "Templates are of all pages"
_UNSERVED = {
    "page_access_users": "Page access users are not served: who sees a private page follows from"
    " its door (/api/v1/pages).",
    "page_access_groups": "Page access groups are not served: who sees a private page follows from"
    " its door (/api/v1/pages).",
    "status_embed_config": "The embed is not configured here; see docs/integrating.md.",
}


class TemplateBody(DialectBody):
    """The fields of a template."""

    without_effect = frozenset({
        "group_id", "component_ids", "should_tweet", "should_send_notifications", "id", "page_id",
        "components",
    })  # fmt: skip

    name = serializers.CharField(max_length=100)
    title = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=10_000, trim_whitespace=False)
    update_status = WordField(_WORDS, required=False)


class TemplateList(DialectView):
    def get(self, request: Request, page_id: str) -> Response:
        page, part = self.page_of(page_id), self.paging().part()
        rows = IncidentTemplate.objects.order_by("name")[part]
        return Response([_told(row, page) for row in rows])

    @idempotent
    def post(self, request: Request, page_id: str) -> Response:
        page = self.page_of(page_id)
        page.require_main(_OF_ALL)
        body = TemplateBody(data=unwrapped(request.data, "template"))
        return Response(_store(IncidentTemplate(), body, page, actor=caller(request)), status=201)


class TemplateDetail(DialectView):
    """One template, as Terraform's providers address it."""

    def get(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        return Response(_told(_template(pk), page))

    def put(self, request: Request, page_id: str, pk: str) -> Response:
        return self.patch(request, page_id, pk)

    def patch(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        page.require_main(_OF_ALL)
        row = _template(pk)
        body = TemplateBody(data=unwrapped(request.data, "template"), partial=True)
        return Response(_store(row, body, page, actor=caller(request)))

    def delete(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        page.require_main(_OF_ALL)
        row = _template(pk)
        told = _told(row, page)
        with kept_as_described(row):
            delete_template(row, actor=caller(request))
        return Response(told)


def _template(pk: str) -> IncidentTemplate:
    return require_row(IncidentTemplate.objects.all(), "template", pk, name="template")


def _store(row: IncidentTemplate, body: TemplateBody, page: AddressedPage, *, actor: str) -> Json:
    """Write the given fields into a template; return it."""
    body.is_valid(raise_exception=True)
    for name, value in body.validated_data.items():
        setattr(row, _COLUMNS[name], value)
    with duplicates_as_conflicts(), errors_by_names(_NAMES), kept_as_described(row):
        save_template(row, actor=actor)
    return _told(row, page)


def _told(row: IncidentTemplate, page: AddressedPage) -> Json:
    return {
        "id": public_id("template", row.pk),
        "page_id": page.id,
        "name": row.name,
        "title": row.title,
        "body": row.message,
        "group_id": None,
        "update_status": str(row.status),
        "should_tweet": False,
        "should_send_notifications": True,
        "components": [],
    }


class Unserved(DialectView):
    """What this product does not have: the list is empty, and all else says what there is."""

    what = ""

    def get(self, request: Request, page_id: str, rest: str = "") -> Response:
        self.page_of(page_id)
        if not rest and self.what != "status_embed_config":
            return Response([])
        raise NotFound(_UNSERVED[self.what])

    def _refuse(self, request: Request, page_id: str, rest: str = "") -> Response:
        self.page_of(page_id)
        raise NotFound(_UNSERVED[self.what])

    def post(self, request: Request, **where: Any) -> Response:
        return self._refuse(request, **where)

    def put(self, request: Request, **where: Any) -> Response:
        return self._refuse(request, **where)

    def patch(self, request: Request, **where: Any) -> Response:
        return self._refuse(request, **where)

    def delete(self, request: Request, **where: Any) -> Response:
        return self._refuse(request, **where)


UNSERVED = tuple(_UNSERVED)
