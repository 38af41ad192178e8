"""The sidebar of every page of the admin."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from components.values.severity import Severity
from incidents.services import open_incident
from statuspage.backoffice.navigation import grouped

pytestmark = [pytest.mark.django_db(transaction=True)]


def sidebar(page: str) -> str:
    found = re.search(r'<nav id="desk-nav".*?</nav>', page, re.DOTALL)
    assert found
    return found[0]


def test_every_page_has_the_sections_in_our_order(staff: Client) -> None:
    for name in ("index", "components_component_add", "statuspage_apitoken_changelist"):
        nav = sidebar(staff.get(reverse(f"admin:{name}")).content.decode())

        headings = re.findall(r"<h2[^>]*>(.*?)</h2>", nav)
        assert headings == ["Operate", "Monitoring", "Notifications", "System"]
        assert re.findall(r"<summary[^>]*>(.*?)</summary>", nav) == ["Diagnostics"]
        assert nav.index("Incidents") < nav.index("Maintenance") < nav.index("Components")


def test_what_is_open_is_counted_and_where_one_is_is_marked(staff: Client) -> None:
    open_incident(title="Slow", severity=Severity.MINOR, message="We look.", impacts={})

    nav = sidebar(staff.get(reverse("admin:incidents_incident_changelist")).content.decode())

    assert re.search(r'aria-current="page">Incidents <span class="count urgent">1<', nav), nav
    assert nav.count("aria-current") == 1


def test_a_popup_has_no_sidebar(staff: Client) -> None:
    page = staff.get(reverse("admin:components_group_add"), {"_popup": "1"})

    assert 'id="desk-nav"' not in page.content.decode()


def test_a_model_that_nobody_placed_is_last_in_its_apps_section() -> None:
    groups = grouped(
        [
            {"app_label": "monitors", "models": [{"object_name": "Novelty", "name": "Novelties"},
                                                 {"object_name": "Region", "name": "Regions"}]},
            {"app_label": "elsewhere", "models": [{"object_name": "Thing", "name": "Things"}]},
        ]
    )  # fmt: skip

    told = {group["name"]: [model["name"] for model in group["models"]] for group in groups}
    assert told == {"Monitoring": ["Regions", "Novelties"], "System": ["Things"]}
