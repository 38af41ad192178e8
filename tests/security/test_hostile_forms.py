"""S16 in the admin: no value in any field of any form, or in any address, is a 500."""

import sys
from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.core.signals import got_request_exception
from django.db import transaction
from django.db.models import DateTimeField
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests import build
from tests.statuspage.backoffice.test_every_form import filled_in, rows

pytestmark = [
    pytest.mark.long,
    pytest.mark.both,
    pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime"),
]
EVERYWHERE = ("9" * 300,)
"""What every field of every form is sent at once."""
ALONE = ("9" * 5_000, "0001-01-01", "9999-12-31", "\0", "²")
"""What one field of each kind is sent while the others keep what they have."""
IN_ADDRESSES = ("9" * 400, "9999-12-31T23:59:59-14:00", "0", "[")
MONITORS = ("endpoint", "dns", "heartbeat")


class Faults(list[str]):
    """The requests that raised, each with the exception."""

    def take(self, sender: object, request: Any = None, **_: object) -> None:
        error = sys.exc_info()[1]
        self.append(f"{request.method} {request.get_full_path()[:90]}: {error!r:.90}")


@pytest.fixture
def faults(staff: Client) -> Iterator[Faults]:
    staff.raise_request_exception = False
    found = Faults()
    got_request_exception.connect(found.take)
    yield found
    got_request_exception.disconnect(found.take)


def post(staff: Client, url: str, form: dict[str, Any]) -> None:
    """Post, and undo what came of it, so that the next post meets what this one met."""
    with transaction.atomic():
        staff.post(url, form)
        transaction.set_rollback(True)


def names_of(model: Any) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}"


def form_pages(staff: Client) -> Iterator[str]:
    """Every page with a form of its own: to add, and to change."""
    for row, _ in rows():
        yield reverse(f"{names_of(row)}_change", args=[row.pk])
    for model in admin.site._registry:
        try:
            url = reverse(f"{names_of(model)}_add")
        except NoReverseMatch:
            continue
        if staff.get(url).status_code == 200:
            kinds = MONITORS if model._meta.label == "monitors.Monitor" else [""]
            yield from (f"{url}?kind={kind}" if kind else url for kind in kinds)


def kinds_of_fields(staff: Client, url: str) -> dict[str, tuple[object, ...]]:
    """The fields that a browser would post, each with what decides how it is read."""
    context = staff.get(url).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    kinds: dict[str, tuple[object, ...]] = {}
    for each in (bound for form in forms for bound in form):
        parts = getattr(each.field.widget, "widgets", None)
        kind = (type(each.field), type(each.field.widget))
        for name in [f"{each.html_name}_{n}" for n in range(len(parts))] if parts else [
            each.html_name
        ]:  # fmt: skip
            kinds[name] = (*kind, name[-2:] if parts else "")
    kinds.pop("seen_version", None)
    return kinds


def lookups_of(model_admin: Any) -> Iterator[tuple[str, object]]:
    """What a list can be asked for in its address, each with what decides how it is read."""
    yield from ((name, name) for name in ("q", "p", "o", "all", "pk__range"))
    yield "q", ("q", *model_admin.search_fields)
    for part in model_admin.list_filter:
        if isinstance(name := getattr(part, "parameter_name", None), str):
            yield name, part
    for field in model_admin.model._meta.fields:
        for how in ("exact", "in", "gte", "regex"):
            yield f"{field.name}__{how}", (type(field), how)
        if isinstance(field, DateTimeField):
            for how in ("year", "year__gte", "iso_year__lt", "date", "hour"):
                yield f"{field.name}__{how}", how


@pytest.mark.django_db
def test_s16_no_form_of_the_admin_is_a_500(staff: Client, faults: Faults) -> None:
    build.component(name="API", slug="api")
    tried: set[tuple[object, ...]] = set()
    urls = list(form_pages(staff))

    for url in urls:
        form, kinds = filled_in(staff, url), kinds_of_fields(staff, url)
        for value in EVERYWHERE:
            fields = [name for name in kinds if "_FORMS" not in name]
            post(staff, url, {**form, **dict.fromkeys(fields, value)})
        for name, kind in kinds.items():
            if kind not in tried:
                tried.add(kind)
                for value in ALONE:
                    post(staff, url, {**form, name: value})

    assert len(urls) > 20
    assert not faults, "\n".join(faults)


@pytest.mark.django_db(transaction=True)
def test_s16_no_address_of_the_admin_is_a_500(staff: Client, faults: Faults) -> None:
    rows()
    build.component(name="API", slug="api")
    tried: set[object] = set()
    for model, each in admin.site._registry.items():
        listed = reverse(f"{names_of(model)}_changelist")
        for key, kind in lookups_of(each):
            if kind not in tried:
                tried.add(kind)
                for value in IN_ADDRESSES:
                    staff.get(f"{listed}?{key}={quote(value)}")
        for value, page in product(("9" * 5_000, "²"), ("change", "delete", "history")):
            staff.get(f"{listed}{quote(value)}/{page}/")

    assert not faults, "\n".join(faults)


@pytest.mark.django_db
def test_s16_no_list_of_the_admin_is_posted_into_a_500(staff: Client, faults: Faults) -> None:
    rows()
    build.component(name="API", slug="api")
    for model, each in admin.site._registry.items():
        listed = reverse(f"{names_of(model)}_changelist")
        request = staff.get(listed).wsgi_request
        for action in (*each.get_actions(request), "none"):
            for value in ("9" * 400, "x"):
                post(staff, listed, {"action": action, "_selected_action": [value], "index": value})
        for value in ("9" * 400, "x"):
            form = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": value}
            post(staff, listed, {**form, "_save": "Save"})
            post(staff, listed, {"form-TOTAL_FORMS": value, "_save": "Save"})

    assert not faults, "\n".join(faults)


@pytest.mark.django_db
def test_s16_no_preset_of_a_form_is_a_500(staff: Client, faults: Faults) -> None:
    """A form to add may be opened with values in its address."""
    build.component(name="API", slug="api")
    for url in list(form_pages(staff)):
        if "/add/" in url:
            names = kinds_of_fields(staff, url)
            for value in ("9" * 300, "=,²", "0001-01-01"):
                query = "&".join(f"{name}={quote(value)}" for name in names if name != "kind")
                staff.get(f"{url}{'&' if '?' in url else '?'}{query}")

    assert not faults, "\n".join(faults)


@pytest.mark.django_db
def test_s16_no_search_of_a_field_is_a_500(staff: Client, faults: Faults) -> None:
    search = partial("{}?app_label=monitors&model_name=monitor&field_name={}&{}={}".format,
                     reverse("admin:autocomplete"))  # fmt: skip
    for value in ("%00", "9" * 400, "%ED%A0%80", "["):
        for name in ("term", "page", "app_label", "field_name"):
            staff.get(search("component", name, value))

    assert not faults, "\n".join(faults)
