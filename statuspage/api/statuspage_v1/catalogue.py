"""Views of `/v1/pages`, and of a page's `components` and `component-groups`."""

import time
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from components.models import Component, Group
from components.services import delete_group, save_group
from components.status import Status
from statuspage.api.authentication import caller
from statuspage.api.duplicates import duplicates_as_conflicts
from statuspage.api.idempotency import idempotent
from statuspage.api.page_scope import EVERYTHING
from statuspage.api.serializers.catalogue import free_slug
from statuspage.api.statuspage_v1.bodies import errors_by_names, unwrapped
from statuspage.api.statuspage_v1.catalogue_bodies import ComponentBody, GroupBody
from statuspage.api.statuspage_v1.objects import Json, Writer
from statuspage.api.statuspage_v1.page import (
    AddressedPage,
    DialectView,
    find_row,
    pages_for,
    require_row,
)
from statuspage.catalogue.protection import kept_as_described
from statuspage.catalogue_files import components as catalogue
from statuspage.state.faces import look_of

_NAMES = {"group": "group_id"}
ALSO = "components_group"
"""What the client of PyPI (`atlassian-python-api`) calls the envelope of a group."""
_OF_MAIN = "Which components there are, and in which groups, is the same for all pages"


def page_json(page: AddressedPage) -> Json:
    """Return a page; without a name of its own it has the site's."""
    look = look_of(page.row)
    name = (look.name if look else "") or page.row.name or settings.STATUSPAGE.site_name
    return Writer(page).page(name=name)


class PageList(DialectView):
    def get(self, request: Request) -> Response:
        rows = pages_for(request)[self.paging().part()]
        # What each of them reaches is not told here.
        return Response([page_json(AddressedPage(row, EVERYTHING)) for row in rows])


class PageDetail(DialectView):
    def get(self, request: Request, page_id: str) -> Response:
        return Response(page_json(self.page_of(page_id)))


def components_on(page: AddressedPage) -> QuerySet[Component]:
    """Return the components of a page, without those that were retired."""
    rows = Component.objects.filter(page.reach.where("pk"), retired_at=None)
    return rows.select_related("group__parent").order_by("sort_order", "name", "pk")


class ComponentList(DialectView):
    def get(self, request: Request, page_id: str) -> Response:
        page, part = self.page_of(page_id), self.paging().part()
        writer = Writer(page)
        return Response([writer.component(each) for each in components_on(page)[part]])

    @idempotent
    def post(self, request: Request, page_id: str) -> Response:
        page = self.page_of(page_id)
        page.require_main(_OF_MAIN)
        body = ComponentBody(data=unwrapped(request.data, "component"))
        body.is_valid(raise_exception=True)
        made = Component(slug=free_slug(body.validated_data["name"]))
        return Response(_store(made, body, page, actor=caller(request)), status=201)


class ComponentDetail(DialectView):
    def get(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        return Response(Writer(page).component(_component(page, pk)))

    def put(self, request: Request, page_id: str, pk: str) -> Response:
        return self.patch(request, page_id, pk)

    def patch(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        row = _component(page, pk)
        body = ComponentBody(data=unwrapped(request.data, "component"), partial=True)
        body.is_valid(raise_exception=True)
        return Response(_store(row, body, page, actor=caller(request)))

    def delete(self, request: Request, page_id: str, pk: str) -> Response:
        """Retire it: it is gone for this dialect, and what was told of it stays."""
        page = self.page_of(page_id)
        row = _component(page, pk)
        with kept_as_described(row):
            catalogue.retire(row, notify=False, actor=caller(request), now=time.time())
        return Response(status=204)


def _component(page: AddressedPage, pk: str) -> Component:
    return require_row(components_on(page), "component", pk, name="component")


def _store(row: Component, body: ComponentBody, page: AddressedPage, *, actor: str) -> Json:
    """Write the given fields into a component; return it with the status that follows.

    A status is a person's word, which beats all evidence; operational, or none, takes it back.
    """
    data = body.validated_data
    if "group_id" in data:
        group = _group_of(data["group_id"], page)
        if (group and group.pk) != row.group_id:
            page.require_main(_OF_MAIN)
            row.group = group
    for ours, name in (
        ("name", "name"), ("description", "description"),
        ("only_when_wrong", "only_show_if_degraded"),
    ):  # fmt: skip
        if name in data:
            setattr(row, ours, data[name])
    if "status" in data:
        said = data["status"]
        row.status_override = "" if said in (None, Status.OPERATIONAL) else said
    with duplicates_as_conflicts(), errors_by_names(_NAMES), kept_as_described(row):
        stored = catalogue.store(row, actor=actor)
    return Writer(page).component(Component.objects.get(pk=stored.pk))


def _group_of(text: str, page: AddressedPage) -> Group | None:
    if not text:
        return None
    group = find_row(groups_on(page), "group", text)
    if group is None:
        raise serializers.ValidationError({"group_id": f"There is no group {text[:40]}."})
    return group


def groups_on(page: AddressedPage) -> QuerySet[Group]:
    """Return the groups that have something on a page; on `main` it is all of them."""
    inside = page.reach.where("components") | page.reach.where("children__components")
    return Group.objects.filter(inside).distinct()


class GroupList(DialectView):
    def get(self, request: Request, page_id: str) -> Response:
        page, part = self.page_of(page_id), self.paging().part()
        return Response(_groups_json(groups_on(page)[part], page))

    @idempotent
    def post(self, request: Request, page_id: str) -> Response:
        page = self.page_of(page_id)
        page.require_main(_OF_MAIN)
        body = GroupBody(data=unwrapped(request.data, "component_group", also=ALSO))
        body.is_valid(raise_exception=True)
        if not body.validated_data.get("components"):
            raise serializers.ValidationError({"components": "A group needs at least one."})
        return Response(_store_group(Group(), body, page, actor=caller(request)), status=201)


class GroupDetail(DialectView):
    def get(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        return Response(_groups_json([_group(page, pk)], page)[0])

    def put(self, request: Request, page_id: str, pk: str) -> Response:
        return self.patch(request, page_id, pk)

    def patch(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        row = _group(page, pk)
        page.require_main(_OF_MAIN)
        body = GroupBody(data=unwrapped(request.data, "component_group", also=ALSO), partial=True)
        body.is_valid(raise_exception=True)
        return Response(_store_group(row, body, page, actor=caller(request)))

    def delete(self, request: Request, page_id: str, pk: str) -> Response:
        page = self.page_of(page_id)
        row = _group(page, pk)
        page.require_main(_OF_MAIN)
        told = _groups_json([row], page)[0]
        with kept_as_described(row):
            delete_group(row, actor=caller(request))
        return Response(told)


def _group(page: AddressedPage, pk: str) -> Group:
    return require_row(groups_on(page), "group", pk, name="component group")


def _store_group(row: Group, body: GroupBody, page: AddressedPage, *, actor: str) -> Json:
    data = body.validated_data
    members = None
    if "components" in data:
        members = list(page.chosen(data["components"], field="components").values())
    row.name = data.get("name", row.name)
    row.description = data.get("description", row.description)
    with duplicates_as_conflicts():
        save_group(row, members=members, actor=actor)
    return _groups_json([row], page)[0]


def _groups_json(rows: Iterable[Group], page: AddressedPage) -> list[Json]:
    """Return groups with their members, in one query for all of these."""
    groups, writer = list(rows), Writer(page)
    members: dict[Any, list[Component]] = {}
    for each in components_on(page).filter(group__in=groups):
        members.setdefault(each.group_id, []).append(each)
    return [writer.group(each, members.get(each.pk, [])) for each in groups]
