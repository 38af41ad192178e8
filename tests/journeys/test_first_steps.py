"""From a fresh product to a branded page with five real monitors, in a real browser, keys only.

`manage.py up` on an empty folder is what the README's first command, `make run`, comes to.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.desk import PATIENCE_MS, WIDTHS, enter, press, sign_in, sized, tab_to
from tests.journeys.product import Backend, Product, running
from tests.mailserver import Script, mail_server
from tests.waiting import until

pytestmark = [pytest.mark.long, pytest.mark.journey, pytest.mark.browser]
LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28" fill="#6b3fa0">
<circle cx="14" cy="14" r="12"/></svg>"""
NEW_PASSWORD = "lark-on-the-spur-7"


@pytest.mark.parametrize("width", WIDTHS)
def test_from_a_fresh_product_to_a_branded_page_with_five_monitors(
    tmp_path: Path, browser: Browser, backend: Backend, width: int
) -> None:
    script = Script()
    with (
        mail_server(script) as (host, port),
        running(
            tmp_path, EMAIL_URL=f"smtp://{host}:{port}", STATUSPAGE_MAIL_FROM="status@larkspur.dev"
        ) as product,
    ):
        product.wait_until_at_work()
        page = sized(sign_in(browser, product), width)
        # Chromium begins to hand choosers over a while after it was asked to.
        page.on("filechooser", lambda _: None)
        complaints: list[str] = []
        page.on(
            "console", lambda said: complaints.append(said.text) if said.type == "error" else None
        )
        page.goto(f"{product.url}/admin/")
        card = page.locator("#first-steps")
        expect(card.get_by_text("0 of 6 done")).to_be_visible()

        change_password(page, product)
        name_it(page)
        paste(page, product, backend)
        expect(card.get_by_text("3 of 6 done")).to_be_visible()

        enter(page, "#steps-mail", "ann@larkspur.dev")
        page.keyboard.press("Enter")
        page.get_by_text("Test sent to ann@larkspur.dev.").wait_for(timeout=PATIENCE_MS)
        until(lambda: "ann@larkspur.dev" in received(script), what="the test in the inbox")
        enter(page, "#steps-alerts", "oncall@larkspur.dev")
        page.keyboard.press("Enter")
        page.get_by_text("Alerts about all components go to").wait_for(timeout=PATIENCE_MS)
        press(page, "button[name=keep]")
        expect(card).to_have_count(0)
        assert complaints == []

        until(lambda: statuses(product) == WANTED, what="five components that were checked")
        until(lambda: "oncall@larkspur.dev" in received(script), what="an alert about the broken")
        visitor = sized(browser.new_context(), width)
        visitor.goto(f"{product.url}/status")
        assert "Larkspur" in visitor.title()
        assert not visitor.locator("header svg.mark").count(), "the logo takes its place"
        assert visitor.get_by_text("Web shop").count()
        assert not visitor.get_by_text("Status page workers").count()


WANTED = {
    "Web shop": "operational", "Public API": "operational", "Search": "operational",
    "Message queue": "operational", "Mail": "major_outage",
}  # fmt: skip


def received(script: Script) -> list[str]:
    return [to for mail in script.mails for to in mail.recipients]


def statuses(product: Product) -> dict[str, str]:
    return {each["name"]: each["status"] for each in product.status()["services"]}


def change_password(page: Page, product: Product) -> None:
    press(page, "a[href$='/password_change/']")
    page.locator("#id_old_password").wait_for(timeout=PATIENCE_MS)
    enter(page, "#id_old_password", product.password)
    enter(page, "#id_new_password1", NEW_PASSWORD)
    enter(page, "#id_new_password2", NEW_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/password_change/done/")
    page.goto(f"{product.url}/admin/")


def name_it(page: Page) -> None:
    enter(page, "#steps-name", "Larkspur")
    tab_to(page, "#steps-logo")
    logo = {"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": LOGO}
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(logo)  # type: ignore[arg-type]
    press(page, "form[action$='/name'] button")
    page.get_by_text("Published.").wait_for(timeout=PATIENCE_MS)


def paste(page: Page, product: Product, backend: Backend) -> None:
    """Paste five addresses and a mistake: they are tried at once, and the mistake stays."""
    box = page.get_by_label("Addresses", exact=True)
    enter(
        page, "#watch-addresses",
        f"Web shop {backend.url}\nPublic API {backend.url}health\nSearch {backend.url}search\n"
        f"Message queue 127.0.0.1:{backend.port}\nMail tcp://127.0.0.1:1\nhttps://shop.example.org",
    )  # fmt: skip
    page.keyboard.press("Tab")
    found = page.locator("#watch-found li")
    expect(found).to_have_count(6, timeout=PATIENCE_MS)
    assert re.search(r"200 · .*ms", found.first.inner_text())
    assert "example address" in found.last.inner_text()
    page.get_by_role("button", name="Add 5 components").wait_for(timeout=PATIENCE_MS)
    page.keyboard.press("Shift+Tab")
    press(page, "button[name=add]")
    page.get_by_text("5 components added.").wait_for(timeout=PATIENCE_MS)
    assert box.input_value() == "https://shop.example.org"
    page.goto(f"{product.url}/admin/")
