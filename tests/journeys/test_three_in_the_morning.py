"""Woken by an alert: acknowledged from the mail, told, resolved; wide and on a phone, by keys."""

import re
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page

from tests.journeys.desk import (
    PATIENCE_MS,
    WIDTHS,
    enter,
    first_incident,
    press,
    published,
    sign_in,
    sized,
    tab_to,
    watch,
)
from tests.journeys.product import Backend, Product, running
from tests.mailserver import Mail, Script, mail_server
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey, pytest.mark.browser]
OPERATOR = "olga@larkspur.dev"


@pytest.mark.parametrize("width", WIDTHS)
def test_from_the_alert_mail_to_the_post_mortem_by_keys_alone(
    tmp_path: Path, browser: Browser, backend: Backend, width: int
) -> None:
    script = Script()
    with (
        mail_server(script) as (host, port),
        running(
            tmp_path, EMAIL_URL=f"smtp://{host}:{port}", STATUSPAGE_MAIL_FROM="status@larkspur.dev",
            STATUSPAGE_UNDO_SECONDS="0",
        ) as product,
    ):  # fmt: skip
        watch(product, tmp_path, backend, incidents="off")
        alert(product, OPERATOR)
        backend.stop()
        down = mail_of(script, "DOWN: Checkout")

        acknowledge(browser, down, width)
        page = sized(sign_in(browser, product), width)
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        open_incident(page, down, product)
        for message in ("The disk is full.", "We have made room.", "It answers again."):
            post(page, message)
        backend.start()
        mail_of(script, "UP AGAIN")
        resolve(page)
        until(lambda: not product.status()["incidents"], what="no open incident")
        learn(page, product)

        assert complaints == []


def alert(product: Product, address: str) -> None:
    """Route every alert to one mail address."""
    key = product.manage("token", "ci", "--scope", "subscribers:write").split()[-1]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"
    api = f"{product.url}/api/v1"
    made = session.post(
        f"{api}/alert-channels",
        json={"name": "Olga", "channel": "email", "address": address}, timeout=PATIENCE,
    )  # fmt: skip
    made.raise_for_status()
    steps = [{"channel_id": made.json()["id"], "after_minutes": 0}]
    session.post(
        f"{api}/alert-routes", json={"name": "All", "steps": steps}, timeout=PATIENCE
    ).raise_for_status()


def mail_of(script: Script, subject: str) -> Mail:
    def found() -> Mail | None:
        return next((m for m in script.mails if subject in str(m.message["Subject"])), None)

    until(found, what=f"a mail “{subject}”")
    mail = found()
    assert mail
    return mail


def link(mail: Mail, path: str) -> str:
    plain = mail.message.get_body(("plain",))
    assert plain
    found = re.search(rf"https?://\S+{path}\S*", plain.get_content())
    assert found, plain.get_content()
    return found[0]


def acknowledge(browser: Browser, mail: Mail, width: int) -> None:
    """By the button in the mail, without signing in."""
    page = sized(browser.new_context(), width)
    page.goto(link(mail, "/status/alerts/"))
    press(page, "main button, form button")
    page.get_by_text("Acknowledged", exact=False).first.wait_for(timeout=PATIENCE_MS)
    page.context.close()


def open_incident(page: Page, mail: Mail, product: Product) -> None:
    """By the other button: what is known is filled in, and nothing else has to be."""
    page.goto(link(mail, "/admin/incidents/incident/add/"))
    assert "Checkout" in page.locator("#id_title").input_value()
    enter(page, "#id_updates-0-message", "Checkout does not answer. We are looking into it.")
    press(page, "button[data-publish]")
    page.locator("#update-form").wait_for(timeout=PATIENCE_MS)
    until(lambda: first_incident(product), what="the incident on the page")
    told = first_incident(product)
    assert told["components"] == ["Checkout"]
    assert told["severity"] in ("major", "critical")


def post(page: Page, message: str) -> None:
    enter(page, "textarea[name=message]", message)
    page.keyboard.press("Control+Enter")
    published(page)


def resolve(page: Page) -> None:
    """As soon as the page knows that what was measured is well again."""
    until(
        lambda: page.reload() and page.locator(".scroll .status-operational").count(),
        what="the recovery on the incident's page",
    )
    tab_to(page, "input[name=status]")
    while page.locator("input[name=status]:checked").input_value() != "resolved":
        page.keyboard.press("ArrowRight")
    post(page, "All is well again.")


def learn(page: Page, product: Product) -> None:
    reference = page.locator(".desk-kind").inner_text().split()[0]
    press(page, "a[href*='postmortem']")
    page.locator("[name=root_cause]").wait_for(timeout=PATIENCE_MS)
    enter(page, "[name=root_cause]", "Nobody watched the disk.")
    press(page, "button[value=publish]")
    published(page)
    page.goto(f"{product.url}/status/incidents/{reference}/postmortem")
    page.get_by_text("Nobody watched the disk.").wait_for(timeout=PATIENCE_MS)
