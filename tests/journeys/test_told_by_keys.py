"""Maintenance is planned, begun and ended, and then found: who was told what. Keys only."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.desk import (
    PATIENCE_MS,
    WIDTHS,
    choose,
    enter,
    press,
    sign_in,
    sized,
    tab_to,
)
from tests.journeys.product import Product, running
from tests.journeys.test_undo import invite
from tests.mailserver import Script, mail_server
from tests.waiting import until

pytestmark = [pytest.mark.long, pytest.mark.journey, pytest.mark.browser]
ADA, BOB = "ada@larkspur.dev", "bob@larkspur.dev"


@pytest.fixture(scope="module")
def script() -> Script:
    return Script()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, script: Script) -> Iterator[Product]:
    """A product with one component and two subscribers, whose messages leave at once."""
    folder = tmp_path_factory.mktemp("told")
    with (
        mail_server(script) as (host, port),
        running(
            folder, EMAIL_URL=f"smtp://{host}:{port}", STATUSPAGE_MAIL_FROM="status@larkspur.dev",
            STATUSPAGE_UNDO_SECONDS="0",
        ) as started,
    ):  # fmt: skip
        started.wait_until_at_work()
        started.add_component()
        invite(started, folder, ADA, BOB)
        yield started


@pytest.fixture(scope="module")
def staff(browser: Browser, product: Product) -> BrowserContext:
    return sign_in(browser, product)


@pytest.mark.parametrize("width", WIDTHS)
def test_maintenance_from_the_plan_to_its_end(
    product: Product, staff: BrowserContext, script: Script, width: int
) -> None:
    page, title = sized(staff, width), f"New disks {width}"
    page.on("dialog", lambda dialog: dialog.accept())

    plan(page, product, title)
    both_are_told(script, title, "Uploads may be slow.")

    page.goto(f"{product.url}/admin/maintenance/window/")
    tab_to(page, "#result_list a")
    while page.evaluate("document.activeElement.textContent") != title:
        tab_to(page, "#result_list a")
    page.keyboard.press("Enter")
    page.locator("#move-message").wait_for(timeout=PATIENCE_MS)
    # One after the other: what is said while an earlier message waits would take its place.
    for move, message, then in (
        ("start", "The first disk is out.", "in_progress"),
        ("update", "The second one is in.", "in_progress"),
        ("complete", "All disks are new.", ""),
    ):
        act(page, move, message)
        becomes(product, title, then)
        both_are_told(script, title, message)
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_who_was_told_of_an_incident_and_what(
    product: Product, staff: BrowserContext, script: Script, width: int
) -> None:
    page, title = sized(staff, width), f"Slow checkouts {width}"
    page.goto(f"{product.url}/admin/incidents/incident/add/")
    enter(page, "#id_title", title)
    choose(page, "id_impacts-0-component", "Checkout")
    tab_to(page, "#id_impacts-0-status")
    page.keyboard.type("Degraded")
    enter(page, "#id_updates-0-message", "Every second order takes a minute.")
    page.keyboard.press("Control+Enter")
    page.locator("#update-form").wait_for(timeout=PATIENCE_MS)
    until(lambda: len(told(script, title)) == 2, what="both mails")
    until(
        lambda: page.reload() and page.get_by_text("2 of 2 by").count(),
        what="the incident's page says how many were told",
    )

    press(page, "section[aria-labelledby=told-title] header a")
    page.locator("#result_list").wait_for(timeout=PATIENCE_MS)
    assert page.locator("#result_list tbody tr").count() == 2
    enter(page, "#searchbar", ADA)
    page.keyboard.press("Enter")
    page.locator("#result_list tbody tr", has_text=title).wait_for(timeout=PATIENCE_MS)
    assert page.locator("#result_list tbody tr", has_text=BOB).count() == 0
    press(page, "#result_list tbody a")
    frame = page.frame_locator(".sent-mail iframe")
    said = frame.get_by_text("Every second order takes a minute.", exact=True)
    said.wait_for(timeout=PATIENCE_MS)
    page.close()


def plan(page: Page, product: Product, title: str) -> None:
    page.goto(f"{product.url}/admin/maintenance/window/add/")
    begins = datetime.now(UTC) + timedelta(hours=2)
    enter(page, "#id_title", title)
    enter(page, "#id_message", "Uploads may be slow.")
    choose(page, "id_components", "Checkout")
    for name, at in (("starts_at", begins), ("ends_at", begins + timedelta(hours=2))):
        enter(page, f"#id_{name}_0", f"{at:%Y-%m-%d}")
        enter(page, f"#id_{name}_1", f"{at:%H:%M:%S}")
    press(page, "input[name=_save]")
    page.locator(".messagelist", has_text="was added").wait_for(timeout=PATIENCE_MS)
    assert state(product, title) == "scheduled"


def act(page: Page, move: str, message: str) -> None:
    enter(page, "#move-message", message)
    press(page, f"button[name=act][value={move}]")
    page.locator(".story", has_text=message).wait_for(timeout=PATIENCE_MS)


def becomes(product: Product, title: str, wanted: str) -> None:
    until(lambda: state(product, title) == wanted, what=f"the window is {wanted or 'over'}")


def both_are_told(script: Script, title: str, message: str) -> None:
    until(
        lambda: [to for to, text in told(script, title) if message in text] == [ADA, BOB],
        what=f"both are told: {message}",
    )


def state(product: Product, title: str) -> str:
    windows = product.status()["maintenance_windows"]
    return next((str(each["state"]) for each in windows if each["title"] == title), "")


def told(script: Script, title: str) -> list[tuple[str, str]]:
    """Return who was written to about it, and what the plain part says."""
    found = []
    for mail in list(script.mails):
        if title in str(mail.message["Subject"]):
            plain = mail.message.get_body(("plain",))
            assert plain
            found.append((mail.recipients[0], str(plain.get_content())))
    return sorted(found)
