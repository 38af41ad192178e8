"""The admin's main screens in a real browser: nothing for axe to complain of, nothing too wide."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident
from maintenance.models import Window
from maintenance.services import schedule
from monitors.models import Agent, Reader
from tests import build

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]
PASSWORD = "long enough 7"


def addresses() -> list[str]:
    """The main screens, with something on them."""
    component = build.component("Shop", status_override=Status.DEGRADED, override_note="slow")
    monitor = build.monitor(component)
    incident = open_incident(
        title="Slow checkouts", severity=Severity.MAJOR, message="We **look**.",
        impacts={component: Status.DEGRADED},
    )  # fmt: skip
    begins = datetime.now(UTC) + timedelta(hours=1)
    window = schedule(
        Window(title="Work", starts_at=begins, ends_at=begins + timedelta(hours=1)),
        components=[component],
    )
    agent = Agent.objects.create(name="far/agent@eu", region="global", seen=time.time(), stream="x")
    reader = Reader.objects.create(name="gpu-1", heartbeat=time.time(), metrics={"cpu": 12.5})
    reader.gauges.create(minute=time.time() // 60, cpu=12.5, network_in=2.3e9)
    return [
        reverse("admin:index"),
        reverse("appearance"),
        reverse("admin:incidents_incident_changelist"),
        reverse("admin:incidents_incident_add"),
        reverse("admin:incidents_incident_change", args=[incident.pk]),
        reverse("incident-desk", args=[incident.pk]),
        reverse("incident-postmortem", args=[incident.pk]),
        reverse("admin:incidents_incidenttemplate_add"),
        reverse("admin:maintenance_window_add"),
        reverse("admin:maintenance_window_change", args=[window.pk]),
        reverse("admin:components_component_changelist"),
        reverse("admin:components_component_change", args=[component.pk]),
        reverse("admin:monitors_monitor_changelist"),
        reverse("admin:monitors_monitor_change", args=[monitor.pk]),
        reverse("admin:components_journalentry_changelist"),
        reverse("admin:monitors_agent_changelist"),
        reverse("admin:monitors_agent_change", args=[quote(agent.pk)]),
        reverse("admin:monitors_reader_changelist"),
        reverse("admin:monitors_reader_change", args=[reader.pk]),
    ]


def complaints(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url} {each['id']}: {node['html'][:160]} {node['failureSummary'][:160]}"
        for each in found
        for node in each["nodes"][:3]
    ]


def enter(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(f"{url}/admin/")
    page.get_by_label("Username").fill("olga")
    page.get_by_label("Password").fill(PASSWORD)
    return page


def test_axe_finds_nothing_on_the_main_screens(live_server: LiveServer, chromium: Path) -> None:
    get_user_model().objects.create_superuser("olga", "", PASSWORD)
    paths, found = addresses(), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for scheme, width in (("light", 1280), ("dark", 390)):
            context = browser.new_context(
                color_scheme=scheme,  # type: ignore[arg-type]  # a plain str in the loop
                viewport={"width": width, "height": 900},
            )
            page = enter(context, live_server.url)
            found += complaints(page)
            page.get_by_role("button", name="Sign in", exact=True).click()
            for path in paths:
                page.goto(live_server.url + path)
                found += complaints(page)
                beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                if beyond > 0:
                    found.append(f"{path} is {beyond} px too wide at {width}")
            context.close()
        browser.close()

    assert not found, "\n".join(found)
