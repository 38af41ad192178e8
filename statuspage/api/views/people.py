"""Views of `/api/v1/people`: accounts of the admin, and their roles.

Nobody becomes a superuser here. Passwords go in and never come out; a superuser's account can be
read and not changed.
"""

from collections.abc import Mapping
from typing import Any, TypedDict

from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from components.values.instants import iso
from components.values.json_types import Instant
from statuspage.access.people import SuperuserError, delete_person, save_person
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.resource import DetailView, ListView, ResourceView

_ROOT = "api/v1/people"
_MEMBERS = {"active": "is_active", "staff": "is_staff"}


class PersonBody(StrictSerializer):
    """`roles` by name. `password` is only written; without one a new account cannot sign in."""

    username = serializers.CharField(max_length=150)
    first_name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    last_name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    email = serializers.EmailField(max_length=254, allow_blank=True, required=False)
    active = serializers.BooleanField(required=False)
    staff = serializers.BooleanField(required=False)
    roles = serializers.ListField(
        child=serializers.CharField(max_length=150), max_length=50, required=False
    )
    password = serializers.CharField(max_length=4_096, trim_whitespace=False, required=False)

    def validate_roles(self, names: list[str]) -> list[Group]:
        known = {role.name: role for role in Group.objects.order_by("name")}
        if missing := [name for name in names if name not in known]:
            raise serializers.ValidationError(
                f"There is no role “{missing[0]}”; choose from {', '.join(known)}."
            )
        return [known[name] for name in dict.fromkeys(names)]


class PersonJson(TypedDict):
    """`staff` may sign in to the admin; what they may do there follows from `roles`."""

    id: int
    username: str
    first_name: str
    last_name: str
    email: str
    active: bool
    staff: bool
    superuser: bool
    roles: list[str]
    has_password: bool
    last_login: Instant | None
    created_at: Instant


class PersonListJson(TypedDict):
    people: list[PersonJson]
    total: int


class _People(ResourceView[User]):
    scopes = {"read": "people:read", "write": "people:write"}
    noun, root, body = "person", _ROOT, PersonBody

    def rows(self) -> QuerySet[User]:
        return User.objects.order_by("username").prefetch_related("groups")

    def represent(self, row: User) -> PersonJson:
        return {
            "id": row.pk,
            "username": row.username,
            "first_name": row.first_name,
            "last_name": row.last_name,
            "email": row.email,
            "active": row.is_active,
            "staff": row.is_staff,
            "superuser": row.is_superuser,
            "roles": sorted(role.name for role in row.groups.all()),
            "has_password": row.has_usable_password(),
            "last_login": iso(row.last_login) if row.last_login else None,
            "created_at": iso(row.date_joined),
        }

    def store(
        self, row: User | None, values: Mapping[str, Any], *, actor: str
    ) -> tuple[User, Mapping[str, str]]:
        person, own = row or User(is_staff=True), dict(values)
        roles, password = own.pop("roles", None), own.pop("password", "")
        for name, value in own.items():
            setattr(person, _MEMBERS.get(name, name), value)
        try:
            return save_person(person, roles=roles, password=password, actor=actor), {}
        except SuperuserError as error:
            raise PermissionDenied(str(error)) from None

    def remove(self, row: User, *, actor: str) -> None:
        try:
            delete_person(row, actor=actor)
        except SuperuserError as error:
            raise PermissionDenied(str(error)) from None


class PersonList(_People, ListView[User]):
    member = "people"


class PersonDetail(_People, DetailView[User]):
    pass


routes = [
    path(_ROOT, PersonList.as_view(), name="people"),
    path(f"{_ROOT}/<str:pk>", PersonDetail.as_view(), name="person"),
]
