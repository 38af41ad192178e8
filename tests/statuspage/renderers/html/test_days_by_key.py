"""A strip of days in a real browser: by pointer, by finger, and by keys alone."""

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from statuspage.pages.appearance import Appearance
from tests.statuspage import page_scenes, public_pages
from tests.statuspage.live_site import PATIENCE, Site, now

pytestmark = pytest.mark.browser


def test_a_day_tells_itself_to_the_pointer(view: Page) -> None:
    strip = view.locator("#c-api .bars")
    box = strip.bounding_box()
    assert box is not None

    view.mouse.move(box["x"] + box["width"] * (70 * 8 + 3) / 718, box["y"] + 5)

    expect(view.locator("#tip")).to_have_text("2 Nov maintenance 2 h")


def test_a_day_leads_to_its_incidents(site: Site, view: Page) -> None:
    site.state = now(public_pages.partial_outage(), version=2)
    site.say("status.incident_created", 2)
    expect(view.locator("h1")).to_have_text("Partial Outage", timeout=PATIENCE)

    view.locator("#c-inference-routing .bars").focus()

    expect(view.locator("#tip")).to_contain_text("21 Nov partial outage 38 min")
    # Nothing covers it, though it reaches over the next row.
    assert view.evaluate("""() => {
        const box = document.querySelector('#tip').getBoundingClientRect()
        return document.elementFromPoint(box.x + 20, box.bottom - 3).closest('#tip') !== null
    }""")
    view.keyboard.press("Tab")
    expect(view.locator("#tip a")).to_be_focused()
    expect(view.locator("#tip a")).to_have_attribute("href", "/status/incidents/INC-2026-041")
    view.keyboard.press("Escape")
    expect(view.locator("#tip")).to_have_count(0)


def test_a_strip_is_one_stop_of_the_tab_key_and_its_days_are_reached_by_arrows(
    site: Site, view: Page
) -> None:
    strip = view.locator("#c-api .bars")
    view.locator("#c-api h3 a").focus()

    view.keyboard.press("Tab")
    expect(strip).to_be_focused()
    for _ in range(19):
        view.keyboard.press("ArrowLeft")

    expect(view.locator("#tip")).to_have_text("2 Nov maintenance 2 h")
    expect(strip).to_have_attribute("aria-valuetext", "2 Nov maintenance 2 h")
    site.state = now(page_scenes.all_good(), version=2)
    site.say("status.component_changed", 2)
    expect(view.locator("main")).to_have_attribute("data-version", "2", timeout=PATIENCE)
    expect(strip).to_be_focused()
    expect(view.locator("#tip")).to_have_text("2 Nov maintenance 2 h")
    view.keyboard.press("Home")
    expect(view.locator("#tip")).to_have_text("24 Aug no problems")
    view.keyboard.press("Tab")
    expect(view.locator("#c-api summary")).to_be_focused()
    expect(view.locator("#tip")).to_have_count(0)


def test_days_before_the_first_knowledge_say_so(view: Page) -> None:
    view.locator("#c-model-storage .bars").focus()

    view.keyboard.press("Home")

    expect(view.locator("#tip")).to_have_text("24 Aug no data")


def test_a_day_tells_itself_to_a_finger(browser: Browser, site: Site) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(site.url)
    strip, row = page.locator("#c-api .bars"), page.locator("#c-api .c-head")
    box, seen = strip.bounding_box(), row.bounding_box()
    assert box is not None
    assert seen is not None

    page.touchscreen.tap(box["x"] + box["width"] * (70 * 8 + 3) / 718, box["y"] + 5)

    tip = page.locator("#tip")
    expect(tip).to_have_text("2 Nov maintenance 2 h")
    place = tip.bounding_box()
    assert place is not None
    assert 0 <= place["x"] <= place["x"] + place["width"] <= 390
    page.touchscreen.tap(seen["x"] + 5, seen["y"] - 8)
    expect(tip).to_have_count(0)
    context.close()


def test_a_strip_of_30_days_ends_where_it_says(site: Site, view: Page) -> None:
    """The script knows how many days there are, as the markup does."""
    shorter = replace(site.state, appearance=Appearance(history="30"))
    site.state = now(shorter, version=2)
    view.reload()
    strip = view.locator("#c-api .bars")
    box = strip.bounding_box()
    assert box is not None

    view.mouse.move(box["x"] + box["width"] * (10 * 8 + 3) / 238, box["y"] + 5)

    expect(view.locator("#tip")).to_have_text("2 Nov maintenance 2 h")
    expect(strip).to_have_attribute("aria-valuemax", "29")
    view.keyboard.press("Tab")
    strip.focus()
    view.keyboard.press("Home")
    expect(strip).to_have_attribute("aria-valuenow", "0")
    expect(view.locator("#tip")).to_contain_text("23 Oct")
