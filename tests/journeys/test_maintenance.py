"""A window in a real browser: planned, started, the API blocked through nginx, over early."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page

from tests import proxies
from tests.journeys.product import Product, running
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey, pytest.mark.browser]
SHOTS = os.environ.get("SHOTS")


def test_schedule_start_block_complete_early_cancel_another_x18_x22_x23(
    tmp_path: Path, browser: Browser
) -> None:
    with (
        running(tmp_path / "data") as product,
        proxies.proxy("nginx", tmp_path, status_port=product.port) as platform,
    ):
        until(product.status, what="the page")
        key = product.manage("token", "ci", "--scope", "status:write").split()[-1]
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("dialog", lambda dialog: dialog.accept())
        sign_in(page, product)

        plan(page, product, title="New disks", start=timedelta(hours=2), repeats="WEEKLY")
        assert page.locator("#preview li").count() == 5
        page.get_by_label("Repeats").select_option("")
        shot(page, "add")
        page.get_by_role("button", name="Save", exact=True).click()
        page.locator("#result_list").get_by_role("link", name="New disks").click()
        proxies.answers(platform, 200)
        page.get_by_role("button", name="Start now").click()
        proxies.answers(platform, 503)
        refused = post(product, key)
        assert (refused.status_code, "New disks" in refused.json()["detail"]) == (503, True)
        assert product.status()["maintenance_windows"][0]["state"] == "in_progress"
        page.get_by_label("Message (public").fill("Half of it is **done**.")
        page.get_by_role("button", name="Post update").click()
        shot(page, "change")

        page.get_by_role("button", name="Complete now").click()
        proxies.answers(platform, 200)
        assert post(product, key).status_code == 400

        plan(page, product, title="Other disks", start=-timedelta(minutes=1))
        page.get_by_role("button", name="Save", exact=True).click()
        proxies.answers(platform, 503)
        page.locator("#result_list").get_by_role("link", name="Other disks").click()
        page.get_by_role("button", name="Cancel").click()
        proxies.answers(platform, 200)
        assert complaints == []


def test_a_window_starts_and_ends_by_itself_and_not_before_its_time_x19_x22(tmp_path: Path) -> None:
    """With two web processes under `up`, either of which may be asked."""
    with running(tmp_path, STATUSPAGE_WEB_PROCESSES="2") as product:
        until(product.status, what="the page")
        until(
            lambda: [each.name() for each in product.processes()].count("status web") == 2,
            what="both web processes",
        )
        key = product.manage("token", "ci", "--scope", "status:write").split()[-1]
        start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
        end = start + timedelta(seconds=2)
        with product.stream() as stream:
            made = post(
                product, key, title="Short", starts_at=start.isoformat(), ends_at=end.isoformat()
            )
            assert made.status_code == 201, made.text

            until(lambda: stream.find("status.maintenance_started"), what="its start")
            assert datetime.now(UTC) >= start
            until(lambda: stream.find("status.maintenance_ended"), what="its end")
            assert datetime.now(UTC) >= end

        names = stream.names()
        assert names.count("status.maintenance_started") == 1
        assert names.count("status.maintenance_ended") == 1


def post(product: Product, key: str, **said: str) -> requests.Response:
    return requests.post(
        f"{product.url}/api/v1/status/maintenance",
        json=said,
        headers={"Authorization": f"Bearer {key}"},
        timeout=PATIENCE,
    )


def sign_in(page: Page, product: Product) -> None:
    page.goto(f"{product.url}/admin/login/?next=/admin/maintenance/window/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(product.password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def plan(page: Page, product: Product, *, title: str, start: timedelta, repeats: str = "") -> None:
    page.goto(f"{product.url}/admin/maintenance/window/add/")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Message").fill("Uploads will be *slow*.")
    page.get_by_label("Blocks the API").check()
    began = datetime.now(UTC) + start
    for name, at in (("starts_at", began), ("ends_at", began + timedelta(hours=2))):
        page.locator(f"#id_{name}_0").fill(f"{at:%Y-%m-%d}")
        page.locator(f"#id_{name}_1").fill(f"{at:%H:%M:%S}")
    if repeats:
        page.get_by_label("Repeats").select_option(repeats)
        page.locator("#preview li").nth(4).wait_for()


def shot(page: Page, name: str) -> None:
    """With SHOTS=folder, pictures to look at, in both schemes and widths."""
    if not SHOTS:
        return
    for scheme in ("light", "dark"):
        for width in (390, 1280):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=f"{SHOTS}/{name}-{scheme}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
