"""A reader's walk through all public pages, with and without scripts, on a phone and on desks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.product import Product, running
from tests.statuspage.live_site import ARGUMENTS
from tests.waiting import PATIENCE, until

pytestmark = [
    pytest.mark.long,
    pytest.mark.journey,
    pytest.mark.browser,
]
TITLE = "Slow sign-in for some"


@pytest.fixture
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


def tell(product: Product) -> None:
    """Publish an incident."""
    token = product.manage("token", "ci", "--scope", "status:write").split()[-1]
    answer = requests.post(
        f"{product.url}/api/v1/status/incidents",
        json={"title": TITLE, "severity": "minor", "message": "We **look** into it."},
        headers={"Authorization": f"Bearer {token}"},
        timeout=PATIENCE,
    )
    answer.raise_for_status()
    until(lambda: product.status()["incidents"], what="the incident on the page")


def listened(page: Page) -> tuple[list[str], list[str]]:
    """What appears in the console, and the addresses that are asked for."""
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda told: complaints.append(told.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda made: asked.append(made.url))
    return complaints, asked


def arrived(page: Page, width: int, heading: str) -> None:
    """The page is the one that was wanted, and fits."""
    page.locator("h1", has_text=heading).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("main").count() == 1


def test_every_page_is_reached_from_every_width_with_and_without_scripts(
    tmp_path: Path, browser: Browser
) -> None:
    with running(tmp_path) as product:
        until(product.status, what="the page answers")
        product.add_component()
        tell(product)
        service = product.status()["services"][0]["name"]
        for width in (320, 768, 1440):
            for scripts in (True, False):
                context = browser.new_context(
                    viewport={"width": width, "height": 900}, java_script_enabled=scripts
                )
                page = context.new_page()
                page.set_default_timeout(PATIENCE * 1000)
                complaints, asked = listened(page)

                page.goto(f"{product.url}/status")
                arrived(page, width, "")
                page.locator("article a", has_text=TITLE).click()
                arrived(page, width, TITLE)
                assert page.locator(".message strong").inner_text() == "look"
                page.get_by_role("link", name="Now", exact=True).click()
                page.locator("h3 a", has_text=service).first.click()
                arrived(page, width, service)
                page.get_by_role("link", name="History").click()
                arrived(page, width, "History")
                page.locator("main a", has_text=TITLE).click()
                arrived(page, width, TITLE)
                assert "/status/incidents/INC-" in page.url
                page.get_by_role("link", name="Get updates").click()
                arrived(page, width, "Subscribe to updates")
                page.get_by_role("link", name="Current status").click()
                arrived(page, width, "")

                assert complaints == []
                assert all(each.startswith((product.url, "data:")) for each in asked), asked
                context.close()
