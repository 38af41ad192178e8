"""Views of `/api/v1/status/groups` and `…/components`: the catalogue (M30–M37, M41)."""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from components.models import Component, Group
from components.rollup import Evidence, component_status
from components.services import delete_component, delete_group, save_group
from monitors.models import Monitor
from statuspage.api.authentication import caller
from statuspage.api.conditional import conditional_response, expected_version
from statuspage.api.duplicates import duplicates_as_conflicts
from statuspage.api.idempotency import idempotent
from statuspage.api.serializers.catalogue import (
    ComponentBody,
    ComponentJson,
    ComponentListJson,
    GroupBody,
    GroupListJson,
    RetireBody,
    component_json,
    group_json,
)
from statuspage.api.views.base import Page, StatusView, find, page_of
from statuspage.catalogue_files import components as catalogue
from statuspage.publishing.projector import gather_evidence

_ROOT = "api/v1/status"


class GroupList(StatusView):
    def get(self, request: Request) -> Response:
        rows = Group.objects.all()
        groups = [group_json(group) for group in page_of(rows, self.query_of(Page))]
        data: GroupListJson = {"groups": groups, "total": rows.count()}
        return Response(data)

    @idempotent
    def post(self, request: Request) -> Response:
        body = GroupBody(data=request.data)
        body.is_valid(raise_exception=True)
        with duplicates_as_conflicts():
            group = save_group(Group(**body.validated_data), actor=caller(request))
        response = conditional_response(
            request, group_json(group), version=group.version, status=201
        )
        response["Location"] = f"/{_ROOT}/groups/{group.pk}"
        return response


class GroupDetail(StatusView):
    def get(self, request: Request, pk: str) -> Response:
        group = find(Group.objects.all(), pk, name="group")
        return conditional_response(request, group_json(group), version=group.version)

    def put(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=False)

    def patch(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=True)

    def _change(self, request: Request, pk: str, *, partial: bool) -> Response:
        group = find(Group.objects.all(), pk, name="group")
        expected = expected_version(request, version=group.version)
        body = GroupBody(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        for name, value in body.validated_data.items():
            setattr(group, name, value)
        with duplicates_as_conflicts():
            save_group(group, seen_version=expected, actor=caller(request))
        return conditional_response(request, group_json(group), version=group.version)

    def delete(self, request: Request, pk: str) -> Response:
        group = find(Group.objects.all(), pk, name="group")
        delete_group(
            group,
            seen_version=expected_version(request, version=group.version),
            actor=caller(request),
        )
        return Response(status=204)


def _rows() -> QuerySet[Component]:
    return Component.objects.select_related("group").prefetch_related("depends_on")


def _components_json(components: Iterable[Component]) -> list[ComponentJson]:
    """Return components in the words of M, in a number of queries that does not grow with them."""
    rows = list(components)
    ids = [component.pk for component in rows]
    monitors: dict[int, list[Monitor]] = defaultdict(list)
    for monitor in (
        Monitor.objects.filter(component__in=ids).only("kind", "component").order_by("pk")
    ):
        monitors[monitor.component_id].append(monitor)
    evidence = gather_evidence(ids)
    return [
        component_json(
            component,
            monitors=monitors[component.pk],
            derived=component_status(
                replace(evidence.get(component.pk, Evidence()), override=None)
            ),
        )
        for component in rows
    ]


def _stored_response(request: Request, component: Component, *, status: int = 200) -> Response:
    """Return the response with a component as it is stored by now, and its tag."""
    stored = _rows().get(pk=component.pk)
    response = conditional_response(
        request, _components_json([stored])[0], version=stored.version, status=status
    )
    if status == 201:
        response["Location"] = f"/{_ROOT}/components/{stored.pk}"
    return response


class ComponentFilters(Page):
    retired = serializers.BooleanField(required=False, allow_null=True, default=None)


class ComponentList(StatusView):
    is_transaction = False  # it answers with the status that is derived after the commit

    def get(self, request: Request) -> Response:
        rows, query = _rows(), self.query_of(ComponentFilters)
        if query["retired"] is not None:
            rows = rows.filter(retired_at__isnull=not query["retired"])
        data: ComponentListJson = {
            "components": _components_json(page_of(rows, query)),
            "total": rows.count(),
        }
        return Response(data)

    @idempotent
    def post(self, request: Request) -> Response:
        body = ComponentBody(data=request.data)
        body.is_valid(raise_exception=True)
        component = _store(request, body, Component())
        return _stored_response(request, component, status=201)


class ComponentDetail(StatusView):
    is_transaction = False  # as above

    def get(self, request: Request, pk: str) -> Response:
        return _stored_response(request, find(_rows(), pk, name="component"))

    def put(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=False)

    def patch(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=True)

    def _change(self, request: Request, pk: str, *, partial: bool) -> Response:
        component = find(_rows(), pk, name="component")
        expected = expected_version(request, version=component.version)
        body = ComponentBody(component, data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        return _stored_response(request, _store(request, body, component, seen_version=expected))

    def delete(self, request: Request, pk: str) -> Response:
        component = find(_rows(), pk, name="component")
        delete_component(
            component,
            seen_version=expected_version(request, version=component.version),
            actor=caller(request),
        )
        return Response(status=204)


class ComponentRetire(StatusView):
    """Takes a component off the page and stops watching it; what was told of it stays."""

    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        component = find(_rows(), pk, name="component")
        expected = expected_version(request, version=component.version)
        body = RetireBody(data=request.data)
        body.is_valid(raise_exception=True)
        catalogue.retire(
            component, **body.validated_data, seen_version=expected, actor=caller(request),
            now=time.time(),
        )  # fmt: skip
        return _stored_response(request, component)


class ComponentUnretire(StatusView):
    """Brings a retired component back."""

    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        component = find(_rows(), pk, name="component")
        expected = expected_version(request, version=component.version)
        catalogue.restore(component, seen_version=expected, actor=caller(request), now=time.time())
        return _stored_response(request, component)


def _store(
    request: Request, body: ComponentBody, component: Component, *, seen_version: int | None = None
) -> Component:
    with duplicates_as_conflicts():
        return catalogue.store(
            body.apply(component),
            depends_on=body.selected_dependencies(),
            monitors=body.selected_monitors(),
            seen_version=seen_version,
            actor=caller(request),
        )


routes = [
    path(f"{_ROOT}/groups", GroupList.as_view(), name="groups"),
    path(f"{_ROOT}/groups/<str:pk>", GroupDetail.as_view(), name="group"),
    path(f"{_ROOT}/components", ComponentList.as_view(), name="components"),
    path(f"{_ROOT}/components/<str:pk>", ComponentDetail.as_view(), name="component"),
    path(f"{_ROOT}/components/<str:pk>/retire", ComponentRetire.as_view(), name="retire"),
    path(f"{_ROOT}/components/<str:pk>/unretire", ComponentUnretire.as_view(), name="unretire"),
]
