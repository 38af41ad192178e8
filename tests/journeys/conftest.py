"""A browser for all journeys of a module, and a service that can be stopped."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.desk import ARGUMENTS
from tests.journeys.product import Backend


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def backend() -> Iterator[Backend]:
    server = Backend()
    server.start()
    yield server
    server.stop()
