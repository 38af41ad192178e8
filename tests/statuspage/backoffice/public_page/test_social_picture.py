"""The picture beside links, as a real browser draws it of the form when it is published."""

import struct
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from statuspage.models import Appearance
from statuspage.state.drawings import png_bytes
from statuspage.state.faces import main_look
from statuspage.state.social_picture import HEIGHT, WIDTH
from tests.statuspage.backoffice.public_page.test_appearance import SVG
from tests.statuspage.backoffice.test_accessible import ARGUMENTS, PASSWORD, enter
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_name_and_colours_or_a_logo_are_drawn_once_and_kept(
    live_server: LiveServer, chromium: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Playwright has a loop of its own in this thread; nothing else runs on it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    get_user_model().objects.create_superuser("olga", "olga@example.org", PASSWORD)
    logo = tmp_path / "logo.svg"
    logo.write_bytes(SVG)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = enter(browser.new_context(), live_server.url)
        page.set_default_timeout(PATIENCE * 1000)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(f"{live_server.url}/admin/")

        def publish(**typed: str) -> dict[str, str]:
            page.goto(f"{live_server.url}/admin/appearance")
            for name, value in typed.items():
                page.locator(f"#{name}").fill(value)
            page.get_by_role("button", name="Publish", exact=True).click()
            expect(page.locator(".messagelist")).to_be_visible()
            return dict(Appearance.objects.get(page="main").values)

        untouched = publish(intro="Hello.")
        named = publish(name="Larkspur", accent="#6b3fa0", ground="#201030")
        kept = publish(intro="Hello again.")
        page.goto(f"{live_server.url}/admin/appearance")
        page.locator("#logo").set_input_files(logo)
        page.get_by_role("button", name="Publish", exact=True).click()
        expect(page.locator(".messagelist")).to_be_visible()
        with_logo = dict(Appearance.objects.get(page="main").values)
        browser.close()

    assert "social" not in untouched
    assert struct.unpack(">II", png_bytes(named["social"])[16:24]) == (WIDTH, HEIGHT)
    assert named["social_name"] == "Larkspur"
    assert (kept["social"], kept["social_name"]) == (named["social"], "Larkspur")
    assert with_logo["social"] != named["social"]
    assert "social_name" not in with_logo
    assert main_look().social == with_logo["social"]
