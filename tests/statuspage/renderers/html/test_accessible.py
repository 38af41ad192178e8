"""Every public page in a real browser: accessible in all colours, on every width, by itself."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from components.languages.registry import words_of
from tests.statuspage.public_pages import pages

pytestmark = [pytest.mark.long, pytest.mark.browser]
OTHER_LANGUAGES = ("ar", "de")
"""From right to left, and with long words; the rest of their pages has the same parts."""
TRANSLATED = ("status", "component")
NAMES = tuple(
    sorted((*pages(), *(f"{name}-{tag}" for name in TRANSLATED for tag in OTHER_LANGUAGES)))
)
AXE = """async rules => (await axe.run(document, {runOnly: rules})).violations.map(
    each => each.id + ': ' + each.nodes.map(node => node.html).join(' '))"""
EVERYTHING = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
# What may change with the colours alone.
COLOURS_ALONE = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
LOOKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "light": ({"color_scheme": "light", "forced_colors": "none"}, EVERYTHING),
    "dark": ({"color_scheme": "dark", "forced_colors": "none"}, COLOURS_ALONE),
    "forced": ({"color_scheme": "dark", "forced_colors": "active"}, COLOURS_ALONE),
}
# As if all of it stood on the screen.
UNFOLDED = ".c:nth-child(n) { content-visibility: visible !important }"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, body in pages().items():
        (folder / f"{name}.html").write_bytes(body)
    for tag in OTHER_LANGUAGES:
        translated = pages(words_of(tag, explicit=True))
        for name in TRANSLATED:
            (folder / f"{name}-{tag}.html").write_bytes(translated[name])
    return folder


def complaints(browser: Browser, folder: Path) -> dict[tuple[str, str], Any]:
    """What axe finds on the pages of a folder, each loaded once."""
    context = browser.new_context(reduced_motion="reduce")
    axe = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    found = {}
    for path in sorted(folder.glob("*.html")):
        page = context.new_page()
        page.goto(f"file://{path}")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        page.add_style_tag(content=UNFOLDED)
        page.evaluate("document.querySelector('.bars')?.focus()")
        page.add_script_tag(content=axe)
        for look, (media, rules) in LOOKS.items():
            page.emulate_media(**media)
            if told := page.evaluate(AXE, rules):
                found[path.stem, look] = told
        page.close()
    context.close()
    return found


def test_axe_finds_nothing_in_any_colours(browser: Browser, shelf: Path) -> None:
    assert complaints(browser, shelf) == {}


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
