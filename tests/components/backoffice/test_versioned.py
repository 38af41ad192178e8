"""R17: the loser of two edits is told, sees what differs, and overwrites nothing."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from components.models import Component
from components.services import save_component
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop() -> Component:
    return build.component("Shop", description="Where people buy")


def form_of(staff: Client, component: Component) -> dict[str, Any]:
    """What a browser would post back, had nobody typed anything."""
    form = staff.get(address(component)).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {
        name: value for name, value in values.items() if value is not None and value is not False
    }


def address(component: Component) -> str:
    return reverse("admin:components_component_change", args=[component.pk])


def test_a_form_fetched_and_posted_back_is_saved(staff: Client, shop: Component) -> None:
    answer = staff.post(address(shop), {**form_of(staff, shop), "name": "Store"})

    assert answer.status_code == 302
    assert Component.objects.get().name == "Store"


def test_the_loser_sees_each_difference_and_nothing_is_overwritten(
    staff: Client, shop: Component
) -> None:
    mine = form_of(staff, shop)
    shop.name, shop.auto_incident = "Theirs", "draft"
    save_component(shop, depends_on=[build.component("Database")])

    answer = staff.post(address(shop), {**mine, "name": "Mine"})

    assert answer.status_code == 200
    stored = Component.objects.get(pk=shop.pk)
    assert (stored.name, stored.auto_incident) == ("Theirs", "draft")
    told = {each.label: (each.stored, each.typed)
            for each in answer.context["adminform"].form.differences}  # fmt: skip
    assert told == {
        "Name": ("Theirs", "Mine"),
        "Auto incident": ("Open a draft, for a person to publish", "Open none"),
        "Depends on": ("Database", "—"),
    }
    page = answer.content.decode()
    assert "changed by somebody else" in page
    assert 'value="Mine"' in page


def test_who_has_seen_the_differences_may_decide(staff: Client, shop: Component) -> None:
    mine = {**form_of(staff, shop), "name": "Mine"}
    shop.name = "Theirs"
    save_component(shop)
    refused = staff.post(address(shop), mine)
    again = refused.context["adminform"].form["seen_version"].value()

    answer = staff.post(address(shop), {**mine, "seen_version": again})

    assert answer.status_code == 302
    assert Component.objects.get().name == "Mine"


def test_a_form_without_a_version_is_not_trusted(staff: Client, shop: Component) -> None:
    mine = form_of(staff, shop)
    del mine["seen_version"]

    assert staff.post(address(shop), {**mine, "name": "Mine"}).status_code == 200
    assert Component.objects.get().name == "Shop"


def test_what_is_stored_is_inert_in_the_comparison_s3(staff: Client, shop: Component) -> None:
    mine = form_of(staff, shop)
    shop.description = "<script>alert(1)</script>{{7*7}}"
    save_component(shop)

    page = staff.post(address(shop), mine).content.decode()

    assert "<script>alert" not in page
    assert "{{7*7}}" in page


def test_a_circle_of_dependencies_is_refused_at_its_field_t28(
    staff: Client, shop: Component
) -> None:
    database = build.component("Database")
    save_component(database, depends_on=[shop])

    answer = staff.post(address(shop), {**form_of(staff, shop), "depends_on": [database.pk]})

    errors = answer.context["adminform"].form.errors
    assert "Shop → Database → Shop" in errors["depends_on"][0]
