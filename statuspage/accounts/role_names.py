"""Names of roles and permissions, which are rows in English, as the admin's reader calls them."""

from typing import Any

from django.contrib.admin import RelatedFieldListFilter
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.models import Group, Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop

from statuspage.access.roles import ROLES

_VERBS = {
    "add": gettext_noop("Can add {name}"), "change": gettext_noop("Can change {name}"),
    "delete": gettext_noop("Can delete {name}"), "view": gettext_noop("Can view {name}"),
}  # fmt: skip


def role_name(name: str) -> str:
    """Return what one of the product's roles is called; an operator's own is called as it is."""
    return gettext(name.capitalize()) if name in ROLES else name


def role_label(role: Any) -> str:
    """Return the label of a role in forms and lists of choices."""
    return role_name(role.name) if isinstance(role, Group) else str(role)


def permission_label(permission: Any) -> str:
    """Return what a permission allows, after the part of the admin that it is about."""
    of, verb = permission.content_type, permission.codename.partition("_")[0]
    model = of.model_class()
    name = model._meta.verbose_name if model else of.model
    known = verb in _VERBS and permission.codename == f"{verb}_{of.model}"
    said = gettext(_VERBS[verb]).format(name=name) if known else gettext(permission.name)
    return f"{of.app_labeled_name} | {said}"


class ChoicesView(AutocompleteJsonView):
    """What a field with a search offers."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        return {**super().serialize_result(obj, to_field_name), "text": role_label(obj)}


class RoleFilter(RelatedFieldListFilter):
    """The filter of people by role."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[Any, Any]]:
        choices = super().field_choices(field, request, model_admin)
        return [(pk, role_name(str(name))) for pk, name in choices]


def permissions() -> QuerySet[Permission]:
    """Return all permissions with what their labels are made of."""
    return Permission.objects.select_related("content_type")
