"""Alert, incident, three updates, resolved, post-mortem, in a real browser; two that disagree."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.journeys.desk import PATIENCE_MS, first_incident, published, sign_in, tab_to, watch
from tests.journeys.product import Backend, Product, running
from tests.waiting import until

pytestmark = [pytest.mark.long, pytest.mark.journey, pytest.mark.browser]


def test_from_alert_to_post_mortem_and_two_who_disagree_r17(
    tmp_path: Path, browser: Browser, backend: Backend
) -> None:
    with running(tmp_path) as product:
        watch(product, tmp_path, backend)
        olga, paul = sign_in(browser, product), sign_in(browser, product)
        page = olga.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        told = appears_by_itself(page, product, backend)
        until(
            lambda: first_incident(product).get("title") == "Checkout is down",
            what="the incident on the page",
        )

        # One: the incident. Two: its state. Three: publish.
        told.click()
        late = paul.new_page()
        late.goto(page.url)
        page.locator("label", has_text="Identified").click()
        page.get_by_label("Message, in Markdown").fill("A **disk** is full.")
        page.locator("#preview strong", has_text="disk").wait_for()
        page.get_by_role("button", name="Publish update").click()
        published(page)
        assert first_incident(product)["updates"][0]["message"] == "A **disk** is full."

        two_disagree(late)

        keyboard_only(page, product, "We have made room.")
        assert first_incident(product)["updates"][0]["message"] == "We have made room."
        backend.start()
        until(
            lambda: page.reload() and page.locator(".scroll .status-operational").count(),
            what="the recovery on the incident's page",
        )
        page.locator("label", has_text="Resolved").click()
        assert page.locator(".scroll select").first.input_value() == "operational"
        page.get_by_label("Message, in Markdown").fill("All is well again.")
        page.get_by_role("button", name="Publish update").click()
        published(page)
        until(lambda: not product.status()["incidents"], what="no open incident")
        assert product.service("checkout")["status"] == "operational"

        post_mortem(page, product)
        assert complaints == []


def appears_by_itself(page: Page, product: Product, backend: Backend) -> Locator:
    """On a desk that stands open: the outage and its incident, without a reload."""
    page.goto(f"{product.url}/admin/")
    page.get_by_text("Everything is operational.").wait_for(timeout=PATIENCE_MS)
    page.evaluate("window.notReloaded = true")
    backend.stop()
    told = page.get_by_role("link", name="Post update: Checkout is down")
    told.wait_for(timeout=PATIENCE_MS)
    assert page.locator("#broken").get_by_text("Major Outage").count() == 1
    assert page.evaluate("window.notReloaded")
    return told


def post_mortem(page: Page, product: Product) -> None:
    """What was learnt, beginning with what is known; then it has a page of its own."""
    reference = page.locator(".desk-kind").inner_text().split()[0]
    page.get_by_role("link", name="Post-mortem").click()
    drafted = page.get_by_label("Timeline").input_value()
    assert "We have made room." in drafted
    assert "Checkout: Major Outage" in drafted
    assert "Checkout: a check from global fails" in drafted
    assert re.search(
        r"Checkout: [1-9]\d* of \d+ checks failed", page.get_by_label("Impact").input_value()
    )
    page.get_by_label("Root cause").fill("Nobody watched the disk.")
    page.get_by_role("button", name="Publish").click()
    published(page)
    page.goto(f"{product.url}/status/incidents/{reference}/postmortem")
    page.get_by_text("Nobody watched the disk.").wait_for(timeout=PATIENCE_MS)


def two_disagree(late: Page) -> None:
    """Whoever opened the page before the last update is told, and keeps every word."""
    late.get_by_label("Message, in Markdown").fill("I know nothing of a disk.")
    late.get_by_role("button", name="Publish update").click()
    differences = late.locator(".differences")
    differences.wait_for(timeout=PATIENCE_MS)
    assert "A **disk** is full." in differences.inner_text()
    assert late.get_by_label("Message, in Markdown").input_value() == "I know nothing of a disk."


def keyboard_only(page: Page, product: Product, message: str) -> None:
    """From the desk to the published update without a pointer: link, state, message, Ctrl+Enter."""
    page.goto(f"{product.url}/admin/")
    tab_to(page, "a[aria-label='Post update: Checkout is down']")
    page.keyboard.press("Enter")
    page.locator("#update-form").wait_for(timeout=PATIENCE_MS)
    tab_to(page, "input[name=status]")
    page.keyboard.press("ArrowRight")
    tab_to(page, "textarea[name=message]")
    page.keyboard.type(message)
    page.keyboard.press("Control+Enter")
    published(page)
