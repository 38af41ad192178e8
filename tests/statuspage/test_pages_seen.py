"""Every public page in a real browser: accessible in all colours, on every width, by itself."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.statuspage.public_pages import pages

pytestmark = pytest.mark.browser
NAMES = tuple(sorted(pages()))
AXE = """async () => (await axe.run(document, {runOnly: [
    'wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'
]})).violations.map(each => each.id + ': ' + each.nodes.map(node => node.html).join(' '))"""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, body in pages().items():
        (folder / f"{name}.html").write_bytes(body)
    return folder


COLOURS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
}


@pytest.mark.parametrize("colours", COLOURS)
def test_axe_finds_nothing(browser: Browser, shelf: Path, colours: str) -> None:
    context = browser.new_context(**COLOURS[colours], reduced_motion="reduce")
    axe = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    found = {}

    for name in NAMES:
        page = context.new_page()
        page.goto(f"file://{shelf}/{name}.html")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        page.add_script_tag(content=axe)
        if complaints := page.evaluate(AXE):
            found[name] = complaints
        page.close()

    context.close()
    assert found == {}


@pytest.mark.parametrize("width", [320, 640])
def test_no_page_needs_scrolling_sideways(browser: Browser, shelf: Path, width: int) -> None:
    """640 CSS px are 1280 at 200 % zoom."""
    context = browser.new_context(viewport={"width": width, "height": 800})
    wide = {}

    for name in NAMES:
        page = context.new_page()
        page.goto(f"file://{shelf}/{name}.html")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        wide[name] = page.evaluate("document.documentElement.scrollWidth")
        page.close()

    context.close()
    assert wide == dict.fromkeys(NAMES, width)


def test_colours_and_times_are_the_readers_choice(browser: Browser, shelf: Path) -> None:
    context = browser.new_context(color_scheme="light", timezone_id="Asia/Kathmandu")
    page = context.new_page()
    page.goto(f"file://{shelf}/incident.html")

    page.get_by_role("button", name="Dark").click()
    page.get_by_role("button", name="My time zone").click()

    assert _ground(context) == "rgb(11, 14, 18)"
    # 14:02 UTC, in Kathmandu's zone of 5 h 45 min.
    assert "7:47" in page.locator("dd time").first.inner_text()
    page.reload()
    assert _ground(context) == "rgb(11, 14, 18)"
    page.get_by_role("button", name="UTC").click()
    assert page.locator("dd time").first.inner_text().endswith("UTC")
    context.close()


def _ground(context: BrowserContext) -> str:
    colour: str = context.pages[0].evaluate("getComputedStyle(document.body).backgroundColor")
    return colour
