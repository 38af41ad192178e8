"""Every screen of the admin, found by its registry and its addresses: none can be forgotten."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from components.models import Component
from incidents.models import Incident
from maintenance.models import Window
from monitors.models import Monitor
from statuspage.models import Page
from statuspage.pages.face import MAIN

ADMIN = "admin/"
NO_SCREENS = {
    "delivery-mail": "the mail itself, in a frame",
    "message-preview": "what will be sent, in a frame",
    "appearance-preview": "the public page, in a frame",
    "appearance-check": "an answer to a script",
    "incident-preview": "an answer to a script",
    "incident-forecast": "an answer to a script",
    "incident-wording": "an answer to a script",
    "window-forecast": "an answer to a script",
    "palette": "an answer to a script",
    "admin:desk": "part of the index",
    "admin:window-preview": "an answer to a script",
    "admin:jsi18n": "a script",
    "admin:autocomplete": "an answer to a script",
    "admin:view_on_site": "leads to the page",
    "admin:components_journalentry_export": "a file",
    "subscribers-export": "a file",
    "mfa_download_recovery_codes": "a file",
    "subscribers-mailtest": "an action",
    "first-steps": "an action; its card is on the index",
    "undo": "an action",
    "admin:window-move": "an action",
    "admin:alert-acknowledge": "an action",
    "admin_preferences": "an action",
    "end_sessions": "an action",
    "admin:logout": "an action; its page is in the walk of who is signed out",
    "account_logout": "leads to the sign-in",
    "mfa_login_webauthn": "an answer to a script",
    "admin:login": "the sign-in",
    "admin:app_list": "a list of one app, which nothing leads to",
    "openid_connect_login": "leads to a provider",
    "openid_connect_callback": "comes from a provider",
    "page_door": "leads to a provider",
    "confirm_with_provider": "leads to a provider",
    "break_glass": "needs a key that works once",
    "mfa_authenticate": "needs a second factor that was begun",
    "mfa_reauthenticate": "needs a second factor",
    "mfa_reauthenticate_webauthn": "needs a passkey",
    "mfa_edit_webauthn": "needs a passkey",
    "mfa_remove_webauthn": "needs a passkey",
    "mfa_deactivate_totp": "needs a second factor",
    "mfa_view_recovery_codes": "needs a second factor",
    "mfa_generate_recovery_codes": "needs a second factor",
    "mfa_list_webauthn": "the account's page, under another address",
    "socialaccount_connections": "needs a provider",
    "socialaccount_login_cancelled": "comes from a provider",
    "account_inactive": "for accounts that were closed",
    "kept_form": "only right after a confirmation",
}
"""Addresses of the admin that are no screen of it, or cannot be entered by anybody, and why."""
OTHERS = {
    "admin:index", "appearance", "incident-desk", "incident-postmortem", "subscribers-import",
    "admin:alert-who", "admin:component-retire", "admin:page-link", "admin:monitors_monitor_test",
    "admin:password_change", "admin:password_change_done", "admin:auth_user_password_change",
    "mfa_index", "mfa_add_webauthn", "mfa_activate_totp", "account_reauthenticate", "account_login",
}  # fmt: skip
"""Screens that are of no model, or one more of a model."""
_VIEWS = ("changelist", "add", "change", "delete", "history")


def names() -> Iterator[str]:
    """Yield the names of all addresses below `/admin/`."""
    yield from _names(get_resolver().url_patterns, "", "")


def _names(patterns: Any, before: str, space: str) -> Iterator[str]:
    for each in patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = f"{each.namespace}:" if each.namespace else space
            yield from _names(each.url_patterns, path, inner)
        elif isinstance(each, URLPattern) and path.startswith(ADMIN) and each.name:
            yield space + each.name


def is_of_model(name: str) -> bool:
    """Return whether an address is one that Django's admin gives to each model."""
    of = {f"admin:{label(model)}_{view}" for model in admin.site._registry for view in _VIEWS}
    return name in of


def label(model: type[Model]) -> str:
    """Return how Django's admin calls a model in the names of its addresses."""
    return model._meta.label_lower.replace(".", "_")


def request() -> HttpRequest:
    """Return the request of somebody who may do everything."""
    found = RequestFactory().get("/admin/")
    found.user = get_user_model()(is_superuser=True, is_active=True, is_staff=True)
    return found


def of_models() -> list[str]:
    """Return list, form, row, deletion and history of every model, as far as there are such."""
    asked, found = request(), []
    for model, each in admin.site._registry.items():
        name, row = f"admin:{label(model)}", each.get_queryset(asked).first()
        assert row is not None, f"the full store has no {model._meta.label}"
        found.append(reverse(f"{name}_changelist"))
        if each.has_add_permission(asked):
            found.append(reverse(f"{name}_add"))
        pk = [quote(row.pk)]
        found += [reverse(f"{name}_change", args=pk), reverse(f"{name}_history", args=pk)]
        deletion = reverse(f"{name}_delete", args=pk)
        # Some rows go with others, and never by themselves.
        asked.resolver_match = resolve(deletion)
        if each.has_delete_permission(asked, row):
            found.append(deletion)
    return found


def of_kinds() -> list[str]:
    """Return the form of every kind of monitor, to add one and as it is stored."""
    from monitors.probers import registry  # noqa: PLC0415  (kinds need Django's apps first)

    add = reverse("admin:monitors_monitor_add")
    rows = Monitor.objects.order_by("kind")
    return [
        *(f"{add}?kind={kind}" for kind in registry.probers()),
        *(reverse("admin:monitors_monitor_change", args=[row.pk]) for row in rows),
    ]


def others() -> list[str]:
    """Return the screens of OTHERS that are asked for by their address alone."""
    component = Component.objects.get(slug="web-shop")
    incidents = Incident.objects.order_by("pk")
    second = get_user_model().objects.create_user("vera", "vera@northwind.dev", is_staff=True)
    return [
        reverse("admin:index"),
        reverse("appearance"),
        *(reverse("incident-desk", args=[each.pk]) for each in incidents),
        *(reverse("incident-postmortem", args=[each.pk]) for each in incidents),
        reverse("admin:incidents_incident_add") + f"?component={component.pk}",
        *(reverse("admin:maintenance_window_change", args=[pk]) for pk in _windows()),
        reverse("subscribers-import"),
        reverse("admin:alert-who") + f"?component={component.pk}&severity=critical",
        reverse("admin:component-retire", args=[component.pk]),
        reverse("admin:page-link", args=["partners"]),
        reverse("admin:statuspage_page_change", args=[MAIN]),
        reverse("admin:statuspage_page_change", args=[Page.objects.get(slug="partners").pk]),
        reverse("admin:password_change"),
        reverse("admin:password_change_done"),
        reverse("admin:auth_user_password_change", args=[second.pk]),
        reverse("mfa_index"),
        reverse("mfa_add_webauthn"),
        reverse("mfa_activate_totp"),
        reverse("account_reauthenticate"),
    ]


def _windows() -> list[int]:
    """Return a window of each state."""
    states = Window.objects.order_by("pk").values_list("state", "pk")
    return list(dict(states).values())


def questions() -> list[tuple[str, str, str]]:
    """Return the list, the action and the row of every action that asks first."""
    asked, found = request(), []
    for model, each in admin.site._registry.items():
        row = each.get_queryset(asked).first()
        asked.resolver_match = resolve(reverse(f"admin:{label(model)}_changelist"))
        for name, action in dict(each.get_actions(asked)).items():
            says = action[2] if action else ""
            if row is not None and (name == "delete_selected" or str(says).endswith("…")):
                address = reverse(f"admin:{label(model)}_changelist")
                found += [(address, name, pk) for pk in _rows_for(name, row)]
    return found


def _rows_for(action: str, row: Model) -> list[str]:
    """Return the rows that an action asks about: a draft is what is published, say."""
    rows: Any = type(row)._default_manager.all()
    if action == "publish":
        rows = rows.filter(published=False)
    elif action == "resolve":
        rows = rows.filter(resolved_at=None)
    elif action == "complete":
        rows = rows.filter(state="in_progress")
    elif action == "cancel":
        rows = rows.filter(state="scheduled")
    elif action in ("release", "discard"):
        rows = rows.filter(ended_at=None)
    else:
        return [str(row.pk)]
    found = [str(each.pk) for each in rows[:1]]
    assert found, f"the full store has no row to {action}"
    return found
