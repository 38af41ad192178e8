"""Views of `/api/v1/status/groups` and `…/components`: the catalogue (M30–M37, M41)."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
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
from statuspage.catalogue.protection import kept_as_described
from statuspage.catalogue_files import components as catalogue
from statuspage.publishing.group_uptimes import group_uptimes
from statuspage.publishing.projector import gather_evidence

_ROOT = "api/v1/status"


class _GroupView(StatusView):
    """A token of one page sees the groups that have something on it, and changes none."""

    takes_page_tokens = True

    def rows(self) -> QuerySet[Group]:
        """Return the groups that the caller may see."""
        inside = self.reach.where("components") | self.reach.where("children__components")
        return Group.objects.filter(inside).distinct()

    def uptimes(self) -> dict[int, float]:
        """Return the uptimes of groups, of what the caller may see."""
        return group_uptimes(self.reach.slug)

    def permission_to_change(self) -> None:
        """Raise PermissionDenied: a group is every page's that selects it."""
        if self.reach.slug:
            raise PermissionDenied(f"A token of the page {self.reach.slug} cannot change groups.")


@contextmanager
def _errors_by_member() -> Iterator[None]:
    """Name what is wrong with a group's parent by the member of the body that it comes from."""
    try:
        yield
    except ValidationError as error:
        errors = error.error_dict if hasattr(error, "error_dict") else {}
        if "parent" not in errors:
            raise
        raise serializers.ValidationError({"parent_id": errors["parent"][0].messages}) from None


class GroupList(_GroupView):
    def get(self, request: Request) -> Response:
        rows = self.rows()
        uptimes = self.uptimes()
        groups = [group_json(group, uptimes) for group in page_of(rows, self.query_of(Page))]
        data: GroupListJson = {"groups": groups, "total": rows.count()}
        return Response(data)

    @idempotent
    def post(self, request: Request) -> Response:
        self.permission_to_change()
        body = GroupBody(data=request.data)
        body.is_valid(raise_exception=True)
        with duplicates_as_conflicts(), _errors_by_member():
            group = save_group(Group(**body.validated_data), actor=caller(request))
        response = conditional_response(
            request, group_json(group, self.uptimes()), version=group.version, status=201
        )
        response["Location"] = f"/{_ROOT}/groups/{group.pk}"
        return response


class GroupDetail(_GroupView):
    def get(self, request: Request, pk: str) -> Response:
        group = find(self.rows(), pk, name="group")
        return conditional_response(
            request, group_json(group, self.uptimes()), version=group.version
        )

    def put(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=False)

    def patch(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=True)

    def _change(self, request: Request, pk: str, *, partial: bool) -> Response:
        group = find(self.rows(), pk, name="group")
        self.permission_to_change()
        expected = expected_version(request, version=group.version)
        body = GroupBody(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        for name, value in body.validated_data.items():
            setattr(group, name, value)
        with duplicates_as_conflicts(), _errors_by_member(), kept_as_described(group):
            save_group(group, seen_version=expected, actor=caller(request))
        return conditional_response(
            request, group_json(group, self.uptimes()), version=group.version
        )

    def delete(self, request: Request, pk: str) -> Response:
        group = find(self.rows(), pk, name="group")
        self.permission_to_change()
        with kept_as_described(group):
            delete_group(
                group,
                seen_version=expected_version(request, version=group.version),
                actor=caller(request),
            )
        return Response(status=204)


def _rows() -> QuerySet[Component]:
    return Component.objects.select_related("group__parent").prefetch_related("depends_on")


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


class ComponentFilters(Page):
    retired = serializers.BooleanField(required=False, allow_null=True, default=None)


_NOT_OF_ONE_PAGE = (
    "group_id", "slug", "tags", "visible", "depends_on", "monitors", "monitor_type", "monitor_id",
)  # fmt: skip
"""What decides which pages show a component, or names others."""


class _ComponentView(StatusView):
    """A token of one page sees and changes the components that it selects, and makes none."""

    takes_page_tokens = True

    def rows(self) -> QuerySet[Component]:
        """Return the components that the caller may see."""
        return _rows().filter(self.reach.where("pk"))

    def answer(self, component: Component, *, status: int = 200) -> Response:
        """Return the response with a component as it is stored by now, and its tag."""
        stored = _rows().get(pk=component.pk)
        (data,) = self.told([stored])
        response = conditional_response(self.request, data, version=stored.version, status=status)
        if status == 201:
            response["Location"] = f"/{_ROOT}/components/{stored.pk}"
        return response

    def told(self, components: Iterable[Component]) -> list[ComponentJson]:
        """Return components in the words of M, naming none that the caller may not see."""
        told = _components_json(components)
        for each in told:
            each["depends_on"] = self.reach.seen(each["depends_on"])
        return told


class ComponentList(_ComponentView):
    is_transaction = False  # it answers with the status that is derived after the commit

    def get(self, request: Request) -> Response:
        rows, query = self.rows(), self.query_of(ComponentFilters)
        if query["retired"] is not None:
            rows = rows.filter(retired_at__isnull=not query["retired"])
        data: ComponentListJson = {
            "components": self.told(page_of(rows, query)),
            "total": rows.count(),
        }
        return Response(data)

    @idempotent
    def post(self, request: Request) -> Response:
        if self.reach.slug:
            raise PermissionDenied(f"A token of the page {self.reach.slug} makes no components.")
        body = ComponentBody(data=request.data)
        body.is_valid(raise_exception=True)
        return self.answer(_store(request, body, Component()), status=201)


class ComponentDetail(_ComponentView):
    is_transaction = False  # as above

    def get(self, request: Request, pk: str) -> Response:
        return self.answer(find(self.rows(), pk, name="component"))

    def put(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=False)

    def patch(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=True)

    def _change(self, request: Request, pk: str, *, partial: bool) -> Response:
        component = find(self.rows(), pk, name="component")
        expected = expected_version(request, version=component.version)
        body = ComponentBody(component, data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        self.reach.refuse_fields(body.validated_data, _NOT_OF_ONE_PAGE)
        return self.answer(_store(request, body, component, seen_version=expected))

    def delete(self, request: Request, pk: str) -> Response:
        component = find(self.rows(), pk, name="component")
        with kept_as_described(component):
            delete_component(
                component,
                seen_version=expected_version(request, version=component.version),
                actor=caller(request),
            )
        return Response(status=204)


class ComponentRetire(_ComponentView):
    """Takes a component off the page and stops watching it; what was told of it stays."""

    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        component = find(self.rows(), pk, name="component")
        expected = expected_version(request, version=component.version)
        body = RetireBody(data=request.data)
        body.is_valid(raise_exception=True)
        with kept_as_described(component):
            catalogue.retire(
                component, **body.validated_data, seen_version=expected, actor=caller(request),
                now=time.time(),
            )  # fmt: skip
        return self.answer(component)


class ComponentUnretire(_ComponentView):
    """Brings a retired component back."""

    @idempotent
    def post(self, request: Request, pk: str) -> Response:
        component = find(self.rows(), pk, name="component")
        expected = expected_version(request, version=component.version)
        with kept_as_described(component):
            catalogue.restore(
                component, seen_version=expected, actor=caller(request), now=time.time()
            )
        return self.answer(component)


def _store(
    request: Request, body: ComponentBody, component: Component, *, seen_version: int | None = None
) -> Component:
    with duplicates_as_conflicts(), kept_as_described(component):
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
