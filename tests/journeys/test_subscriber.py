"""Somebody signs up, is told, chooses anew and leaves: in a real browser, by real mail."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident
from statuspage.automation import notices
from subscribers.models import Subscriber
from subscribers.services import process_signups
from tests import build
from tests.mailserver import Mail, Script
from tests.statuspage.live_site import ARGUMENTS
from tests.statuspage.renderers.html.test_accessible import complaints

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Send = Callable[..., int]


def beside(act: Callable[[], Any]) -> Any:
    """Do something with the database: the browser's driver runs a loop in this thread, where
    Django refuses to work."""

    def in_order() -> Any:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(in_order).result()


def parts(mail: Mail) -> tuple[str, str]:
    plain, html = (each.get_content() for each in mail.message.iter_parts())
    return str(plain), str(html)


def link(mail: Mail, purpose: str) -> str:
    found = re.search(rf"https?://\S+/status/{purpose}/[0-9a-f-]+", parts(mail)[0])
    assert found
    return found[0]


def see_sideways(page: Page) -> None:
    """On a phone nothing has to be scrolled sideways."""
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def sign_up(page: Page, url: str) -> None:
    page.goto(f"{url}/status/subscribe")
    page.get_by_label("Your e-mail address").fill("ada@example.org")
    see_sideways(page)
    page.get_by_role("button", name="Subscribe").first.click()
    page.get_by_text("Check your inbox").wait_for()


def confirm(page: Page, question: Mail) -> None:
    page.goto(link(question, "confirm"))
    assert not beside(lambda: Subscriber.objects.get().is_active)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("heading", name="You're subscribed").wait_for()


def choose(page: Page, news: Mail) -> None:
    page.goto(link(news, "manage"))
    see_sideways(page)
    page.get_by_label("Maintenance").uncheck()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert beside(lambda: Subscriber.objects.get().kinds) == ["incidents"]


def leave(page: Page, news: Mail) -> None:
    page.goto(link(news, "unsubscribe"))
    assert beside(lambda: Subscriber.objects.get().is_active)
    page.get_by_role("button", name="Unsubscribe").click()
    page.get_by_role("heading", name="You're unsubscribed").wait_for()


def test_from_the_form_to_the_last_mail_m27_m29(
    live_server: LiveServer, mails: Script, send: Send, chromium: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(settings.STATUSPAGE, "site_url", live_server.url)
    shop = build.component("Shop")

    def told() -> Mail:
        process_signups(now=datetime.now(UTC))
        notices.run(now=datetime.now(UTC))
        send()
        return mails.mails[-1]

    def break_it() -> Mail:
        open_incident(
            title="Störung <b>im</b> Shop", severity=Severity.MAJOR,
            message="Some **payments** fail.", impacts={shop: Status.PARTIAL_OUTAGE},
        )  # fmt: skip
        return told()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme="dark")
        sign_up(page, live_server.url)
        question = beside(told)
        confirm(page, question)
        news = beside(break_it)
        choose(page, news)
        leave(page, news)
        count = len(mails.mails)
        beside(break_it)
        look_at(browser, [question, news], tmp_path)
        browser.close()

    assert len(mails.mails) == count
    assert news.message["Auto-Submitted"] == "auto-generated"
    assert news.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Störung <b>im</b> Shop" in str(news.message["Subject"])


def look_at(browser: Browser, mails: list[Mail], folder: Path) -> None:
    """The mails as a mail program shows them, light and dark: readable, complete in themselves."""
    asked: list[Any] = []
    for number, mail in enumerate(mails):
        (folder / f"mail-{number}.html").write_text(parts(mail)[1], encoding="utf-8")
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 800})
        page.on("request", lambda request: asked.append(request.url))
        for path in sorted(folder.glob("mail-*.html")):
            page.goto(f"file://{path}")
            page.screenshot(path=folder / f"{path.stem}-{scheme}.png", full_page=True)
            see_sideways(page)
        page.close()

    assert {url.partition(":")[0] for url in asked} == {"file"}
    assert complaints(browser, folder) == {}
