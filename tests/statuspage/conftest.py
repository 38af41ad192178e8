"""A browser, a small live site, and a reader who looks at its page."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest import mock

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from statuspage.drills import environment
from tests.migrated_store import put_migrated_store
from tests.statuspage import page_scenes
from tests.statuspage.live_site import ARGUMENTS, Site, now, serving


@pytest.fixture(autouse=True, scope="session")
def drills_begin_with_a_copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What starts roles as drills do takes the store that was migrated for the whole run."""

    @cache
    def empty_store() -> Path:
        folder = tmp_path_factory.mktemp("tables")
        put_migrated_store(folder)
        return folder / environment.STORE

    with mock.patch.object(environment, "_empty_store", empty_store):
        yield


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
