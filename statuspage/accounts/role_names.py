"""Names of roles and permissions, which are rows in English, as the admin's reader calls them."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext, gettext_noop

from statuspage.access.roles import ROLES

_HISTORICAL = "historical "
_VERBS = {
    "add": gettext_noop("Can add {name}"), "change": gettext_noop("Can change {name}"),
    "delete": gettext_noop("Can delete {name}"), "view": gettext_noop("Can view {name}"),
}  # fmt: skip


def install() -> None:
    """Have Django's models call themselves so, wherever the admin shows one."""
    role, permission = Group, Permission
    role.add_to_class("__str__", role_name)
    permission.add_to_class("__str__", permission_name)


def role_name(role: Group) -> str:
    """Return what a role is called: those of the product by the reader's language, others as they
    are."""
    label = role.name.capitalize()
    said = gettext(label) if role.name in ROLES else label
    return said if said != label else role.name


def _called(model: Any) -> str:
    """Return what a model is called; a history, which a library names in English, after its own."""
    name = str(model._meta.verbose_name)
    of = name.removeprefix(_HISTORICAL)
    return name if of == name else gettext("former version: {name}").format(name=gettext(of))


def permission_name(permission: Any) -> str:
    """Return what a permission allows, after the part of the admin that it is about."""
    of, verb = permission.content_type, permission.codename.partition("_")[0]
    model = of.model_class()
    name = _called(model) if model else of.model
    known = verb in _VERBS and permission.codename == f"{verb}_{of.model}"
    said = gettext(_VERBS[verb]).format(name=name) if known else gettext(permission.name)
    part = gettext(str(model._meta.app_config.verbose_name)) if model else of.app_label
    return f"{part} | {name} | {said}"
