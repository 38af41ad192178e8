"""The command palette: what it finds, for whom, at what price; and by keyboard, for axe too."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer

from components.models import Component
from components.values.severity import Severity
from incidents.services import open_incident
from maintenance.models import Window
from maintenance.services import schedule
from tests import build
from tests.sessions import log_in
from tests.statuspage.backoffice.test_accessible import ARGUMENTS, PASSWORD, complaints, enter
from tests.waiting import PATIENCE

expect.set_options(timeout=PATIENCE * 1000)


def found(client: Client, text: str) -> dict[str, list[dict[str, Any]]]:
    answer = client.get(reverse("palette"), {"q": text})
    assert answer.status_code == 200
    return {each["name"]: each["items"] for each in json.loads(answer.content)["sections"]}


def labels(items: list[dict[str, Any]]) -> list[str]:
    return [each["label"] for each in items]


def something() -> Component:
    shop = build.component("Web shop")
    build.component("Old web shop")
    build.monitor(shop, name="Web shop, home page")
    open_incident(title="Web shop is slow", severity=Severity.MINOR, message="…", impacts={})
    begins = datetime.now(UTC) + timedelta(hours=1)
    window = Window(
        title="New disks, web shop", starts_at=begins, ends_at=begins + timedelta(hours=1)
    )
    schedule(window, components=[shop])
    return shop


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_everything_is_found_by_a_part_of_its_name(staff: Client) -> None:
    shop = something()

    sections = found(staff, "WEB sh")

    assert labels(sections["Components"]) == ["Web shop", "Old web shop"]
    assert labels(sections["Monitors"]) == ["Web shop, home page"]
    assert labels(sections["Incidents"]) == ["Web shop is slow"]
    assert labels(sections["Maintenance"]) == ["New disks, web shop"]
    assert labels(sections["Actions"])[:3] == [
        "Open incident for Web shop", "Schedule maintenance for Web shop",
        "Test Web shop, home page now",
    ]  # fmt: skip
    about = [each["url"] for each in sections["Actions"][:2]]
    assert [url.rpartition("?")[2] for url in about] == [
        f"component={shop.pk}", f"components={shop.pk}",
    ]  # fmt: skip


@pytest.mark.django_db
def test_actions_are_found_by_their_words_and_are_there_before_anything_is_typed(
    staff: Client,
) -> None:
    assert labels(found(staff, "")["Actions"])[:2] == ["Open incident", "Schedule maintenance"]
    assert labels(found(staff, "add mon")["Actions"]) == ["Add monitor"]
    assert found(staff, "zebra") == {}


@pytest.mark.django_db
def test_who_may_not_see_or_do_something_is_not_offered_it(client: Client) -> None:
    something()
    nobody = User.objects.create_user("paul", "", PASSWORD, is_staff=True)

    assert found(log_in(client, nobody), "web shop") == {}

    nobody.groups.set(Role.objects.filter(name="viewer"))
    sections = found(client, "web shop")
    assert set(sections) == {"Components", "Monitors", "Incidents", "Maintenance"}
    client.logout()
    assert client.get(reverse("palette"), {"q": "web"}).status_code == 302


@pytest.mark.django_db
def test_its_price_does_not_grow_with_what_there_is(
    staff: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(8):
        something()
    staff.get(reverse("palette"))

    with django_assert_num_queries(8):  # three are of who asks
        sections = found(staff, "web shop")

    assert {name: len(items) for name, items in sections.items()} == {
        "Actions": 4, "Components": 6, "Monitors": 6, "Incidents": 6, "Maintenance": 6,
    }  # fmt: skip


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("text", ["a" * 5000, "%%", "<b>", "\\", "ß", "'"])
def test_whatever_is_typed_is_a_text(staff: Client, text: str) -> None:
    something()

    assert "Components" not in found(staff, text)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_by_keyboard_from_any_page_to_what_was_found(
    live_server: LiveServer, chromium: Path
) -> None:
    User.objects.create_superuser("olga", "", PASSWORD)
    shop = something()
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for scheme, width in (("light", 1440), ("dark", 390)):
            context = browser.new_context(
                color_scheme=scheme,  # type: ignore[arg-type]  # a plain str in the loop
                viewport={"width": width, "height": 900},
            )
            page = enter(context, live_server.url)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.on("console", lambda message: errors.append(message.text))
            finds_by_keyboard(page, live_server.url, shop)
            # Only the stream, which this server does not have.
            assert [each for each in errors if "404" not in each] == []
            context.close()
        browser.close()


def finds_by_keyboard(page: Page, url: str, shop: Component) -> None:
    page.goto(url + reverse("admin:monitors_region_changelist"))
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search or jump to")
    expect(field).to_be_focused()
    expect(page.get_by_role("option", name="Open incident", exact=True)).to_be_visible()

    page.keyboard.type("old web")
    expect(page.get_by_role("option", name="Old web shop Operational")).to_be_visible()
    expect(page.locator("#palette [role=status]")).to_have_text("3 results")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_text("Open incident for Old web shop")
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    page.locator("#palette-open").click()
    page.keyboard.type(">web shop")
    expect(page.locator("#palette [role=option]")).to_have_count(3)
    # What was found for the first letters alone may come before, and begins at the top again.
    expect(page.locator("[role=option][aria-selected=true] mark")).to_have_text("Web shop")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Test Web")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/incidents/incident/add/?component={shop.pk}")
    page.keyboard.press("Control+k")
    page.keyboard.type("regio")
    expect(page.get_by_role("option", name="Regions")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('admin:monitors_region_changelist')}")
