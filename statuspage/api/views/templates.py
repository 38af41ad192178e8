"""Views of `/api/v1/templates`: wordings of incidents that are kept ready."""

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers

from components.dialect_words import SEVERITIES, AdminSeverity
from components.values.json_types import OneOf
from incidents.models import IncidentTemplate
from incidents.templates import delete_template, save_template
from incidents.workflow import IncidentState
from statuspage.api.fields import EnumField
from statuspage.api.serializers.enums import read_severity, read_state
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import StatusView
from statuspage.api.views.resource import DetailView, ListView, ResourceView

_ROOT = "api/v1/templates"


class TemplateBody(StrictSerializer):
    """Blanks such as `{component}` in `title` and `message` are filled in when it is used."""

    name = serializers.CharField(max_length=100)
    title = serializers.CharField(max_length=200)
    message = serializers.CharField(max_length=10_000, trim_whitespace=False)
    severity = EnumField(read_severity, required=False)
    status = EnumField(read_state, required=False)


class TemplateJson(TypedDict):
    id: int
    name: str
    title: str
    message: str
    severity: AdminSeverity
    status: Annotated[str, OneOf(IncidentState)]


class TemplateListJson(TypedDict):
    templates: list[TemplateJson]
    total: int


class _Templates(StatusView, ResourceView[IncidentTemplate]):
    noun, root, body = "template", _ROOT, TemplateBody

    def rows(self) -> QuerySet[IncidentTemplate]:
        return IncidentTemplate.objects.order_by("name")

    def represent(self, row: IncidentTemplate) -> TemplateJson:
        return {
            "id": row.pk,
            "name": row.name,
            "title": row.title,
            "message": row.message,
            "severity": SEVERITIES[row.severity].admin,
            "status": row.status,
        }

    def store(
        self, row: IncidentTemplate | None, values: Mapping[str, Any], *, actor: str
    ) -> tuple[IncidentTemplate, Mapping[str, str]]:
        row = row or IncidentTemplate()
        for name, value in values.items():
            setattr(row, name, value)
        return save_template(row, actor=actor), {}

    def remove(self, row: IncidentTemplate, *, actor: str) -> None:
        delete_template(row, actor=actor)


class TemplateList(_Templates, ListView[IncidentTemplate]):
    member = "templates"


class TemplateDetail(_Templates, DetailView[IncidentTemplate]):
    pass


routes = [
    path(_ROOT, TemplateList.as_view(), name="templates"),
    path(f"{_ROOT}/<str:pk>", TemplateDetail.as_view(), name="template"),
]
