"""No form of the admin overwrites what its reader never saw, whatever it edits (drill R17)."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from components.backoffice.base import ReadOnlyAdmin
from components.backoffice.versioned import OptimisticLockAdmin
from incidents.models import IncidentTemplate
from monitors.models import Monitor, Region
from statuspage.models import ApiToken
from subscribers.alerting.channels import save_channel
from subscribers.models import AlertChannel, AlertRoute
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_every_form_that_can_be_saved_is_guarded() -> None:
    forms = {
        model._meta.label: each
        for model, each in admin.site._registry.items()
        if not isinstance(each, ReadOnlyAdmin)
    }

    assert {
        name for name, each in forms.items() if not isinstance(each, OptimisticLockAdmin)
    } == set()


def rows() -> list[tuple[Model, str]]:
    """One of each kind that counts no version, with the name of a field to change."""
    route = AlertRoute.objects.create(name="Old")
    pager = AlertChannel(name="Pager", channel="email")
    save_channel(pager, address="ops@example.org")
    route.channels.add(pager)
    return [
        (build.monitor(name="Old", regions=(build.region("eu", "Europe"),)), "name"),
        (Region.objects.get(code="eu"), "name"),
        (IncidentTemplate.objects.create(name="Old", title="t", message="m"), "name"),
        (route, "name"),
        (pager, "name"),
        (ApiToken.objects.create(name="Old", digest="d", scopes=["monitors:read"]), "name"),
        (Role.objects.create(name="Old"), "name"),
        (User.objects.create_user("paul", "", "a long password"), "first_name"),
    ]


def filled_in(staff: Client, url: str) -> dict[str, Any]:
    """What a browser would post back, had nobody typed anything."""
    values: dict[str, Any] = {}
    context = staff.get(url).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for bound in (each for form in forms for each in form):
        value = bound.value()
        parts = getattr(bound.field.widget, "decompress", None)
        if parts and value:
            values |= {f"{bound.html_name}_{n}": str(each) for n, each in enumerate(parts(value))}
        elif isinstance(value, list):
            values[bound.html_name] = [getattr(each, "pk", each) for each in value]
        elif value is not None and value is not False:
            values[bound.html_name] = value
    return values


def test_the_loser_of_two_is_shown_what_differs_r17(staff: Client) -> None:
    for row, field in rows():
        name = type(row)._meta.label_lower
        url = reverse(f"admin:{name.replace('.', '_')}_change", args=[row.pk])
        form = filled_in(staff, url)

        first = staff.post(url, {**form, field: "Hers"})
        second = staff.post(url, {**form, field: "His"})

        row.refresh_from_db()
        assert first.status_code == 302, (name, first.context["errors"])
        assert (second.status_code, getattr(row, field)) == (200, "Hers"), name
        assert "<td>Hers</td><td>His</td>" in second.content.decode(), name
        again = second.context["adminform"].form["seen_version"].value()
        assert staff.post(url, {**form, field: "His", "seen_version": again}).status_code == 302


def test_what_is_measured_meanwhile_is_no_conflict(staff: Client) -> None:
    monitor = build.monitor(name="Old")
    url = reverse("admin:monitors_monitor_change", args=[monitor.pk])
    form = filled_in(staff, url)
    monitor.checks.update(verdict="down", message="status 503")

    assert staff.post(url, {**form, "name": "New"}).status_code == 302
    assert Monitor.objects.get().name == "New"
