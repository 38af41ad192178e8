"""What is true of every screen of the admin: walked, searched, and helpful when it is empty."""

import html
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from statuspage.models import Appearance
from tests.statuspage.backoffice import full_store, screens

OWN_PAGE = Appearance
"""The one model that is registered for its permissions alone: its page is no list."""


def lists() -> Iterator[tuple[type[Model], ModelAdmin[Any]]]:
    return ((model, each) for model, each in admin.site._registry.items() if model is not OWN_PAGE)


def test_each_address_of_the_admin_is_walked_or_says_why_not() -> None:
    names = {name for name in screens.names() if not screens.is_of_model(name)}

    assert names == screens.OTHERS | set(screens.NO_SCREENS)


@pytest.mark.django_db
def test_every_list_that_is_empty_says_what_it_is_for_and_what_comes_next(staff: Client) -> None:
    seen, lacking = 0, []
    for model, each in lists():
        answer = staff.get(reverse(f"admin:{screens.label(model)}_changelist"))
        text, step = str(getattr(each, "empty_text", "")), getattr(each, "empty_url", "")
        page = html.unescape(answer.content.decode())
        if not text:
            lacking.append(f"{model._meta.label} has no empty_text")
        elif not answer.context["cl"].result_list:
            seen += 1
            wanted = reverse(step or f"admin:{screens.label(model)}_add")
            if text not in page or f'class="button" href="{wanted}"' not in page:
                lacking.append(f"{model._meta.label} does not show it, or no step")

    assert not lacking
    assert seen > 15


@pytest.mark.django_db
def test_whoever_may_not_take_the_next_step_is_not_sent_there(client: Client) -> None:
    from django.contrib.auth.models import Permission, User  # noqa: PLC0415

    tom = User.objects.create_user("tom", password="a long password", is_staff=True)
    tom.user_permissions.set(Permission.objects.filter(codename="view_subscriber"))
    client.force_login(tom)

    page = client.get("/admin/subscribers/subscriber/").content.decode()

    assert "People subscribe on the status page" in page
    assert reverse("subscribers-import") not in page


@pytest.mark.django_db
def test_every_list_is_searched_by_name() -> None:
    assert [model._meta.label for model, each in lists() if not each.search_fields] == []


@pytest.mark.django_db
def test_what_belongs_to_a_person_is_found_by_the_whole_address(staff: Client) -> None:
    full_store.fill(full_store.now())
    for name, address, other in (
        ("subscriber", "ann@customer.dev", "bert@customer.dev"),
        ("delivery", "ann@customer.dev", "bert@customer.dev"),
        ("suspension", "gone@customer.dev", "ann@customer.dev"),
        ("endpoint", "https://hooks.customer.dev/x", "ann@customer.dev"),
    ):
        url = reverse(f"admin:subscribers_{name}_changelist")
        found = [
            len(staff.get(url, {"q": text}).context["cl"].result_list)
            for text in (address, other, "nobody@customer.dev")
        ]
        wanted = [1, 1 if name in ("subscriber", "delivery") else 0, 0]
        assert found == wanted, name


@pytest.mark.django_db
def test_chips_of_states_count_what_the_other_filters_leave(staff: Client) -> None:
    full_store.fill(full_store.now())
    url = reverse("admin:incidents_incident_changelist")

    def counts(**query: str) -> dict[str, int]:
        spec = staff.get(url, query).context["cl"].filter_specs[0]
        changes = staff.get(url, query).context["cl"]
        return {str(each["display"]): each["count"] for each in spec.choices(changes)}

    assert counts() == {
        "All": 3, "Investigating": 1, "Identified": 1, "Monitoring": 0, "Resolved": 1,
    }  # fmt: skip
    assert counts(severity__exact="major")["All"] == 1
    assert counts(status__exact="resolved")["Identified"] == 1
    assert '<span class="number">3</span>' in staff.get(url).content.decode()
