"""The page in a real browser: complete without scripts, in place and honest with them."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from statuspage.renderers.html import detail_pages
from statuspage.state.page_state import PageState
from tests.statuspage import page_scenes, public_pages
from tests.statuspage.live_site import PATIENCE, Site, now

pytestmark = pytest.mark.browser


def test_a_change_arrives_in_place(site: Site, view: Page) -> None:
    unfolded = view.locator("#c-model-storage details")
    unfolded.locator("summary").click()
    view.evaluate("window.kept = document.querySelector('#c-model-storage details')")

    site.state = now(page_scenes.partial_outage(), version=2)
    site.say("status.component_changed", 2)

    expect(view.locator("h1")).to_have_text("Partial Outage", timeout=PATIENCE)
    expect(view).to_have_title("Partial Outage · Northwind status")
    assert "e2691c" in (view.locator("link[rel=icon]").get_attribute("href") or "")
    assert view.evaluate("document.querySelector('.banner use').getBBox().width") > 10
    assert view.evaluate("window.kept === document.querySelector('#c-model-storage details')")
    expect(unfolded).to_have_attribute("open", "")
    expect(unfolded.locator("summary")).to_be_focused()


def test_the_new_first_sentence_is_announced_politely(site: Site, view: Page) -> None:
    said = view.locator("#say")
    expect(said).to_have_attribute("aria-live", "polite")
    expect(said).to_be_empty()

    site.state = now(page_scenes.partial_outage(), version=2)
    site.say("status.global_changed", 2)

    expect(said).to_contain_text(
        "Partial Outage. Inference Routing has been partly unavailable", timeout=PATIENCE
    )


def test_what_a_reader_looks_at_stays_where_it_is(site: Site, view: Page) -> None:
    view.set_viewport_size({"width": 800, "height": 500})
    view.evaluate("scrollTo(0, document.querySelector('#g-2').offsetTop - 10)")
    place = "document.querySelector('#g-2').getBoundingClientRect().top"
    before = view.evaluate(place)

    site.state = now(page_scenes.partial_outage(), version=2)
    site.say("status.incident_created", 2)

    expect(view.locator("#i-41")).to_be_attached(timeout=PATIENCE)
    assert abs(view.evaluate(place) - before) < 1.5


def test_a_page_older_than_the_event_is_asked_for_again(site: Site, view: Page) -> None:
    site.say("status.component_changed", 2)
    view.wait_for_timeout(600)
    assert view.locator("h1").inner_text() == "Operational"

    site.state = now(page_scenes.major_outage(), version=2)

    expect(view.locator("h1")).to_have_text("Major Outage", timeout=PATIENCE)


def test_every_scene_can_become_every_other_in_place(site: Site, view: Page) -> None:
    scenes = ["partial", "maintenance", "empty", "every-status", "major", "good"]

    for version, name in enumerate(scenes, 2):
        site.state = now(page_scenes.SCENES[name](), version=version)
        site.say("status.global_changed", version)
        expect(view.locator("main")).to_have_attribute(
            "data-version", str(version), timeout=PATIENCE
        )
        view.evaluate("document.querySelectorAll('details').forEach(each => each.open = false)")
        alike = view.evaluate(
            """async () => {
                const text = await (await fetch('/status')).text()
                const fresh = new DOMParser().parseFromString(text, 'text/html')
                const plain = page => {
                    const main = page.querySelector('main').cloneNode(true)
                    main.querySelectorAll('#checked, #live').forEach(each => each.remove())
                    main.querySelectorAll('details').forEach(each => { each.open = false })
                    main.removeAttribute('class')
                    main.querySelectorAll('.bars').forEach(each => {
                        each.getAttributeNames().filter(name => /^(role|tab|aria-v)/.test(name))
                            .forEach(name => each.removeAttribute(name))
                    })
                    return main.outerHTML.replace(/\\s+/g, ' ')
                }
                return plain(document) === plain(fresh)
            }"""
        )
        assert alike, f"{name} is not what a fresh page would show"


def test_the_age_of_the_evidence_is_counted(site: Site, view: Page) -> None:
    age = re.compile(r"Checked \d+ s ago")
    expect(view.locator(".fresh")).to_have_text(age, timeout=PATIENCE)

    first = view.locator(".fresh").inner_text()

    # Whichever second the page was opened in, a later one is told.
    expect(view.locator(".fresh")).not_to_have_text(first, timeout=PATIENCE)
    expect(view.locator(".fresh")).to_have_text(age, timeout=PATIENCE)


def test_a_lost_stream_is_told_discreetly_and_recovers(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.clock.install()
    page.goto(site.url)
    note = page.locator("#live")
    while not site.streams_opened:
        page.wait_for_timeout(10)

    site.cut()
    while not site.streams_refused:
        page.wait_for_timeout(20)
    assert note.inner_text() == ""
    page.clock.fast_forward(6_000)
    expect(note).to_have_text("Live updates paused. Trying again.", timeout=PATIENCE)
    site.streaming = True
    for _ in range(10):
        page.clock.fast_forward(12_000)
        page.wait_for_timeout(100)

    expect(note).to_be_empty(timeout=PATIENCE)
    page.close()


def test_an_old_page_warns(browser: Browser, site: Site) -> None:
    site.state = now(page_scenes.all_good(), age=180)
    page = browser.new_page()

    page.goto(site.url)

    expect(page.locator("#live")).to_have_text(
        "Out of date: this page was last renewed 3 min ago.", timeout=PATIENCE
    )
    page.close()


def test_a_wrong_clock_at_the_reader_does_not_warn(browser: Browser, site: Site) -> None:
    site.skew_seconds = -180
    site.state = now(page_scenes.all_good(), age=180)
    page = browser.new_page()

    page.goto(site.url)

    expect(page.locator(".fresh")).to_have_text(re.compile(r"Checked \d+ s ago"), timeout=PATIENCE)
    expect(page.locator("#live")).to_be_empty()
    page.close()


def test_l07_an_incidents_own_page_follows_it_in_place(site: Site, view: Page) -> None:
    def told(state: PageState) -> bytes:
        return detail_pages.incident_page(state, state.incidents[0])

    path = "/status/incidents/INC-2026-041"
    site.others[path] = told
    site.state = now(public_pages.partial_outage(), version=2)
    opened = site.streams_opened
    view.goto(site.url.replace("/status", path))
    while site.streams_opened == opened:
        view.wait_for_timeout(10)
    view.evaluate("window.kept = document.querySelector('h1')")
    expect(view.locator(".facts")).to_contain_text("Identified")

    incident = replace(site.state.incidents[0], status="monitoring")
    site.state = replace(site.state, version=3, incidents=(incident,))
    site.say("status.incident_updated", 3)

    expect(view.locator(".facts")).to_contain_text("Monitoring", timeout=PATIENCE)
    expect(view.locator("#say")).to_contain_text("monitoring")
    assert view.evaluate("window.kept === document.querySelector('h1')")


def test_without_scripts_the_page_is_complete(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    site.state = now(page_scenes.partial_outage())

    page.goto(site.url)
    page.locator("#c-model-storage summary").click()

    assert asked == [site.url]
    assert page.locator("main li.c").count() == 7
    expect(page.locator("#c-model-storage details .days")).to_be_visible()
    expect(page.locator("h1")).to_have_text("Partial Outage")
    context.close()


@pytest.mark.parametrize("width", [320, 768, 1440])
@pytest.mark.parametrize("scene", ["partial", "every-status"])
def test_no_width_needs_scrolling_sideways(
    browser: Browser, site: Site, scene: str, width: int
) -> None:
    site.state = now(page_scenes.SCENES[scene]())
    page = browser.new_page(viewport={"width": width, "height": 800})

    page.goto(site.url)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()


def test_x05_a_phone_shows_all_90_days_that_its_figure_is_of(browser: Browser, site: Site) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})

    page.goto(site.url)

    strip, row = (page.locator(name).bounding_box() for name in ("#c-api .bars", "#c-api .c-head"))
    assert strip is not None
    assert row is not None
    assert strip["width"] == row["width"] < 390
    expect(page.locator("#g-1 .axis")).to_contain_text("90 days ago")
    page.close()
