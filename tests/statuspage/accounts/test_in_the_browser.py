"""Signing in with a real browser: passkeys of a virtual authenticator, and without JavaScript."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from statuspage.access.roles import OWNER
from tests.statuspage.accounts.people import PASSWORD, code, journalled, person, phone_of
from tests.statuspage.live_site import ARGUMENTS

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WATCHED = """
const real = navigator.credentials.get.bind(navigator.credentials)
window.asked = []
navigator.credentials.get = options => {
  window.asked.push(options.mediation || 'button')
  return options.mediation ? new Promise(() => 0) : real(options)
}
"""
"""What the browser would offer in the field is noted, and never chosen."""


@contextmanager
def visiting(chromium: Path, **options: Any) -> Iterator[tuple[BrowserContext, Page, list[str]]]:
    """A browser's page, and what it complains of in its console."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        context = browser.new_context(**options)
        page, complaints = context.new_page(), []

        def note(each: ConsoleMessage) -> None:
            # The desk's live stream is not there, for the server is Django's alone.
            if "404" not in each.text:
                complaints.append(each.text)

        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield context, page, complaints
        browser.close()


def give_authenticator(page: Page) -> None:
    """A phone or a key that is there, touched, and knows its owner."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def enter_password(page: Page, url: str) -> None:
    page.goto(f"{url}/admin/login/")
    page.get_by_label("Username").fill("olga")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_a_passkey_signs_in_alone_or_after_the_password(
    live_server: LiveServer, chromium: Path
) -> None:
    person("olga", OWNER)
    url = live_server.url

    with visiting(chromium) as (_, page, complaints):
        give_authenticator(page)
        page.add_init_script(WATCHED)
        enter_password(page, url)
        page.goto(f"{url}/admin/account/passkeys/add/")
        page.get_by_role("button", name="Add").click()
        page.wait_for_url(f"{url}/admin/account/codes/")

        page.get_by_role("button", name="Sign out").click()
        page.goto(f"{url}/admin/login/?next=/admin/account/")
        page.get_by_label("Username").focus()
        page.wait_for_function("asked.includes('conditional')")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url(f"{url}/admin/account/")
        assert "signs in alone" in page.content()

        page.get_by_role("button", name="Sign out").click()
        enter_password(page, url)
        page.wait_for_url(f"{url}/admin/login/code/")
        page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_url(f"{url}/admin/")
        assert complaints == []

    entries = journalled("person.signed_in")
    assert [each["by"] for each in entries] == [
        ["password"], ["webauthn"], ["password", "webauthn"],
    ]  # fmt: skip


def test_password_and_code_do_without_javascript_on_a_phone(
    live_server: LiveServer, chromium: Path
) -> None:
    phone_of(person("olga", OWNER))
    phone = {"java_script_enabled": False, "viewport": {"width": 390, "height": 844}}

    with visiting(chromium, **phone) as (_, page, complaints):
        enter_password(page, live_server.url)
        assert page.get_by_role("button", name="passkey").count() == 0
        page.get_by_label("Code").fill(code())
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{live_server.url}/admin/")
        assert complaints == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_on_the_pages_of_accounts(
    live_server: LiveServer, chromium: Path, scheme: str, width: int
) -> None:
    person("olga", OWNER)
    found: list[str] = []

    def look(page: Page) -> None:
        violations = Axe().run(page).response["violations"]
        found.extend(f"{page.url} {each['id']} {each['nodes'][0]['html']}" for each in violations)
        if too_wide(page):
            found.append(f"{page.url} is too wide")

    size = {"width": width, "height": 900}
    with visiting(chromium, viewport=size, color_scheme=scheme) as (_, page, complaints):
        page.goto(f"{live_server.url}/admin/login/")
        look(page)
        enter_password(page, live_server.url)
        for path in ("", "app/", "passkeys/add/", "confirm/"):
            page.goto(f"{live_server.url}/admin/account/{path}")
            look(page)
        assert complaints == []

    assert found == []
