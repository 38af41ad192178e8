"""A real outage travels from a probe to the page, the stream and the browser, and back."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from playwright.sync_api import Page, sync_playwright
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.counterparts import program
from tests.environment import start_private_postgres
from tests.journeys.product import Backend, Product, free_port, running
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey]

BROWSER_ARGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip


@pytest.fixture
def browser_page(chromium: Path) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=BROWSER_ARGS)
        page = browser.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        yield page
        browser.close()


@pytest.fixture
def backend() -> Iterator[Backend]:
    made = Backend()
    made.start()
    yield made
    made.stop()


def log_in(page: Page, product: Product) -> None:
    page.goto(f"{product.url}/admin/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", product.password)
    page.click("#login-form button[type=submit]")
    page.wait_for_selector("#user-tools")


def add_in_the_admin(page: Page, product: Product, backend: Backend) -> None:
    """What an operator does: a component, then its monitor."""
    page.goto(f"{product.url}/admin/components/component/add/")
    page.fill("#id_name", "Checkout")
    page.click("input[name=_save]")
    page.wait_for_selector(".messagelist .success")
    page.goto(f"{product.url}/admin/monitors/monitor/add/")
    page.fill("#id_name", "Checkout answers")
    page.click("#id_component + .select2, .field-component .select2")
    page.fill(".select2-search__field", "Check")
    page.click(".select2-results__option:has-text('Checkout')")
    page.fill("#id_config_url", backend.url)
    page.get_by_label("Custom").check()
    page.fill("#id_interval_custom", "1")
    page.click("summary:has-text('Advanced')")
    page.fill("#id_timeout", "1")
    page.fill("#id_confirm_down", "1")
    page.click("input[name=_save]")
    page.wait_for_selector(".messagelist .success")


@pytest.mark.browser
def test_an_outage_is_seen_in_the_browser_by_itself_and_so_is_its_end(
    tmp_path: Path, backend: Backend, browser_page: Page
) -> None:
    with running(tmp_path) as product:
        product.wait_until_at_work()
        log_in(browser_page, product)
        add_in_the_admin(browser_page, product, backend)
        until(
            lambda: product.service("checkout")["status"] == "operational",
            what="the new component is operational",
        )
        problems: list[str] = []
        browser_page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        browser_page.on("pageerror", lambda error: problems.append(str(error)))
        browser_page.goto(f"{product.url}/status")
        browser_page.wait_for_selector("h1:has-text('Operational')")

        with product.stream() as stream:
            until(lambda: stream.find("status.snapshot"), what="the first event")
            backend.stop()
            until(
                lambda: stream.find(
                    "status.component_changed", slug="checkout", status="major_outage"
                ),
                what="the outage on the stream",
            )
            browser_page.wait_for_selector("main :text('Major Outage'):visible")
            assert product.service("checkout")["status"] == "major_outage"

            backend.start()
            until(
                lambda: stream.find(
                    "status.component_changed", slug="checkout", status="operational"
                ),
                what="the recovery on the stream",
            )
            browser_page.wait_for_selector("h1:has-text('Operational')")
        assert problems == []


def test_with_postgresql_the_page_stays_when_the_database_is_stopped(
    tmp_path: Path, backend: Backend
) -> None:
    with (
        start_private_postgres() as postgres,
        running(tmp_path, DATABASE_URL=postgres.url) as product,
    ):
        product.wait_until_at_work()
        key = product.manage("token", "journey", "--scope", "monitors:write")
        product.add_component()
        answer = requests.post(
            f"{product.url}/api/v1/monitors",
            headers={"Authorization": f"Bearer {key}"},
            json={
                "name": "Checkout answers",
                "component": "checkout",
                "kind": "endpoint",
                "config": {"url": backend.url},
                "interval": 1,
                "timeout": 1,
                "confirm_down": 1,
            },
            timeout=PATIENCE,
        )
        assert answer.status_code == 201, answer.text

        with product.stream() as stream:
            until(
                lambda: (
                    stream.find("status.component_changed", slug="checkout", status="unknown")
                    or stream.find(
                        "status.component_changed", slug="checkout", status="operational"
                    )
                ),
                what="the monitor's first word",
            )
            backend.stop()
            until(
                lambda: stream.find(
                    "status.component_changed", slug="checkout", status="major_outage"
                ),
                what="the outage on the stream",
            )

        postgres.stop()
        served = [requests.get(f"{product.url}/status", timeout=PATIENCE) for _ in range(100)]
        time.sleep(3)
        served += [requests.get(f"{product.url}/status/", timeout=PATIENCE) for _ in range(100)]
        assert {answer.status_code for answer in served} == {200}
        assert served[-1].json()["overall"] == "major_outage"

        backend.start()
        postgres.start()
        until(
            lambda: product.service("checkout")["status"] == "operational",
            what="probing goes on after the database came back",
        )


def sockets_tell_our_own_pages_only(product: Product) -> None:
    """`/ws/status` says what the stream says, to programs and to our page, but to no other page."""
    address = f"{product.url.replace('http', 'ws')}/ws/status"
    for origin in (None, Origin(product.url)):
        with connect(address, origin=origin, open_timeout=PATIENCE) as socket:
            first = json.loads(socket.recv(timeout=PATIENCE))
        assert first["event"] == "status.snapshot"
        assert first["data"]["components"]
    with (
        pytest.raises(InvalidStatus, match="403"),
        connect(address, origin=Origin("https://elsewhere.example"), open_timeout=PATIENCE),
    ):
        pass


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    command, port = program("redis"), free_port()
    server = subprocess.Popen(
        [
            str(command),
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(tmp_path),
        ],
        stdout=subprocess.DEVNULL,
    )
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait()


def test_with_redis_the_wake_ups_travel_through_it(tmp_path: Path, redis_url: str) -> None:
    with running(tmp_path, REDIS_URL=redis_url) as product:
        product.wait_until_at_work()
        until(lambda: product.slowest_progress() <= 3, what="every role makes progress")
        product.add_component()
        sockets_tell_our_own_pages_only(product)

        assert "1 task" not in product.manage("shell", "-v", "0", "-c", _COUNT_QUEUED)


_COUNT_QUEUED = "from django_q.models import OrmQ; print('1 task' if OrmQ.objects.exists() else '')"


def test_daphne_serves_the_same_truth(tmp_path: Path) -> None:
    with running(tmp_path, "--server", "daphne") as product:
        product.wait_until_at_work()
        product.add_component()
        page = requests.get(
            f"{product.url}/status", headers={"Accept": "text/html"}, timeout=PATIENCE
        )
        with product.stream() as stream:
            until(lambda: stream.find("status.snapshot"), what="the first event")
        sockets_tell_our_own_pages_only(product)

    assert "content-security-policy" in {name.lower() for name in page.headers}


def test_whatever_process_is_killed_is_back(tmp_path: Path) -> None:
    with running(tmp_path) as product:
        product.wait_until_at_work()

        before = [product.role(role).pid for role in ROLES]
        product.role("fork").kill()
        assert [product.role(role).pid for role in ROLES] == before, "roles outlive the forkserver"
        for role in ROLES:
            kill_and_wait(product, product.role(role), role)
        # django-q's own: its sentinel, and a worker with a shift at work.
        sentinel = product.role("probes").children()[0]
        kill_and_wait(product, sentinel, "probes")
        until(lambda: workers(product), what="workers")
        kill_and_wait(product, workers(product)[-1], "probes")


ROLES = ("web", "beat", "probes", "notify")


def workers(product: Product) -> list[psutil.Process]:
    """What django-q's sentinel of the probes has forked."""
    return product.role("probes").children()[0].children()


def kill_and_wait(product: Product, victim: psutil.Process, role: str) -> None:
    """Kill one process; every role must be seen to make progress again."""
    victim.kill()
    killed = time.monotonic()

    until(
        # Ages are told in whole seconds: a mark is surely newer than the kill only so.
        lambda: (
            product.role(role).is_running()
            and time.monotonic() > killed + product.slowest_progress() + 1
        ),
        what=f"progress of every role after a process of {role} was killed",
    )


def test_nothing_is_left_when_up_itself_is_killed(tmp_path: Path) -> None:
    with running(tmp_path) as product:
        product.wait_until_at_work()
        children = product.processes()
        assert len(children) >= 8

        product.process.kill()

        assert psutil.wait_procs(children, timeout=PATIENCE)[1] == []
