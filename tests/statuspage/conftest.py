"""A browser, a small live site, and a reader who looks at its page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.statuspage import page_scenes
from tests.statuspage.live_site import ARGUMENTS, Site, now, serving


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site(now(page_scenes.all_good()))) as served:
        yield served


@pytest.fixture
def view(browser: Browser, site: Site) -> Iterator[Page]:
    """A reader who looks at the page; nothing may appear in the console."""
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(site.url)
    while not site.streams_opened:
        page.wait_for_timeout(10)
    yield page
    context.close()
    assert [text for text in complaints if "503" not in text] == []
