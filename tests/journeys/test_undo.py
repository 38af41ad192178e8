"""An incident is published by mistake, undone in a real browser by keys, corrected, then told."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.desk import PATIENCE_MS, WIDTHS, enter, press, sign_in, sized
from tests.journeys.product import Product, running
from tests.mailserver import Script, mail_server
from tests.waiting import until

pytestmark = [pytest.mark.long, pytest.mark.journey, pytest.mark.browser]


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_undone_reaches_nobody_and_what_is_not_everybody(
    tmp_path: Path, browser: Browser, width: int
) -> None:
    script = Script()
    with (
        mail_server(script) as (host, port),
        running(
            tmp_path,
            EMAIL_URL=f"smtp://{host}:{port}",
            STATUSPAGE_MAIL_FROM="status@example.org",
            # Enough for a slow machine to undo in time.
            STATUSPAGE_UNDO_SECONDS="30",
        ) as product,
    ):
        product.wait_until_at_work()
        product.add_component()
        invite(product, tmp_path, "ada@example.org", "bob@example.org")
        page = sized(sign_in(browser, product), width)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        with product.stream() as stream:
            open_incident(page, product)
            bar = page.locator(".publishing")
            first = bar.locator("[data-countdown]").inner_text()
            assert first.startswith("Publishing to 2 subscribers in ")
            until(lambda: bar.locator("[data-countdown]").inner_text() != first, what="a countdown")
            assert [each["title"] for each in product.status()["incidents"]] == ["Shop is down"]

            page.goto(f"{product.url}/admin/")
            press(page, "button[aria-label='Undo: New incident, Shop is down']")
            page.get_by_text("Nobody was notified.").wait_for(timeout=PATIENCE_MS)

            until(lambda: stream.find("status.incident_withdrawn"), what="viewers see it go")
        assert product.status()["incidents"] == []
        assert page.get_by_text("draft, visible to staff only").count() == 1

        enter(page, "textarea[name=message]", "Search is down, the shop is well.")
        press(page, "button[value=publish]")
        page.locator(".publishing").wait_for(timeout=PATIENCE_MS)
        assert script.mails == []
        until(lambda: len(script.mails) == 2, what="mails, once the hold is over")
        page.get_by_text("Published to 2 subscribers").wait_for(timeout=PATIENCE_MS)
        for mail in script.mails:
            plain, _html = (each.get_content() for each in mail.message.iter_parts())
            assert "Search is down, the shop is well." in plain
        assert sorted(mail.recipients[0] for mail in script.mails) == [
            "ada@example.org", "bob@example.org",
        ]  # fmt: skip
        assert complaints == []


def invite(product: Product, folder: Path, *addresses: str) -> None:
    path = folder / "people.json"
    path.write_text(json.dumps([{"email": each, "confirmed": True} for each in addresses]))
    product.manage("subscribers", "import", str(path))


def open_incident(page: Page, product: Product) -> None:
    page.goto(f"{product.url}/admin/incidents/incident/add/")
    enter(page, "#id_title", "Shop is down")
    enter(page, "#id_updates-0-message", "We are looking.")
    press(page, "button[data-publish]")
    page.locator("#update-form").wait_for(timeout=PATIENCE_MS)
