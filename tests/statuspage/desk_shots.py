"""The pictures of the desk in `docs/`: a small store with a bad day in it, really served."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.test import Client

from components.journal import record
from components.models import Component
from components.services import save_component
from components.status import Status, Verdict
from components.values.severity import Severity
from incidents.models import Update
from incidents.services import open_incident
from incidents.workflow import IncidentState
from maintenance.models import Window
from maintenance.services import schedule
from monitors.models import Agent, Check, Slot
from monitors.rules.check_state import Transition
from monitors.services import save_monitor, state_changed_event
from statuspage.publishing import projector, snapshot
from statuspage.runtime import progress
from statuspage.staff_models import SetupStep
from tests import build
from tests.statuspage import small_png
from tests.statuspage.backoffice import full_store


def prepare() -> str:
    """Fill an empty store; the answer is the session of somebody who may see everything."""
    call_command("migrate", verbosity=0)
    now = datetime.now(UTC)
    routing = _watched("Inference Routing", "Router 1", "Router 2", "Router 3")
    storage = _watched("Model Storage", "Canary write")
    _watched("API", "API answers")
    save_component(build.component("AI Services"), depends_on=[routing])
    _finds(routing, "Router 3", Verdict.DOWN, now - timedelta(minutes=38), "status 503")
    _finds(storage, "Canary write", Verdict.DOWN, now - timedelta(minutes=3),
           "connect timed out after 10 s")  # fmt: skip
    open_incident(
        title="Elevated errors on inference requests", severity=Severity.MAJOR,
        status=IncidentState.IDENTIFIED, message="One in five requests fails.",
        impacts={routing: Status.PARTIAL_OUTAGE}, started_at=now - timedelta(minutes=36),
    )  # fmt: skip
    Update.objects.update(created_at=now - timedelta(minutes=24))
    begins = (now + timedelta(days=1)).replace(hour=6, minute=0, second=0, microsecond=0)
    window = Window(title="Database optimization", blocks_api=True, starts_at=begins)
    window.ends_at = begins + timedelta(hours=2)
    schedule(window, components=[Component.objects.get(name="API")])
    Agent.objects.create(name="probe-7", region="ap-southeast-1", seen=now.timestamp() - 360)
    _of_tasks(routing, storage, now)
    for role in progress.ROLES:
        progress.mark(role)
    Slot.objects.create(region="global", number=1, beat=time.time(), claims_until=time.time() + 60)
    SetupStep.objects.create(name="hidden", at=now)
    projector.catch_up()
    snapshot.publish()
    user = get_user_model().objects.create_superuser("olga", "", None)
    client = Client()
    client.force_login(user)
    session = client.session
    session["statuspage_confirmed_at"] = now.timestamp()
    session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _of_tasks(routing: Component, storage: Component, now: datetime) -> None:
    """Add what the pages on tasks show: people, alerting, pages, a job, what can be undone."""
    full_store.people(routing, now, headline="Elevated errors on inference requests")
    full_store.alerting(storage, now)
    full_store.public_pages(now)
    backup, _ = build.heartbeat(storage, now=now.timestamp(), period=86_400, grace=3_600)
    backup.name = "Nightly backup"
    save_monitor(backup, regions=())
    _finds(storage, "Nightly backup", Verdict.UP, now - timedelta(days=1), "")
    open_incident(
        title="Search answers slowly", severity=Severity.MINOR, hold_seconds=300,
        message="Every fifth search takes longer than a second.", actor="olga",
    )  # fmt: skip
    person = get_user_model().objects.create_user("ann", "ann@northwind.dev", is_staff=True)
    person.groups.set(Group.objects.filter(name="responder"))


def _watched(name: str, *monitors: str) -> Component:
    component = build.component(name)
    for each in monitors:
        build.monitor(component, name=each, interval=3600)
        _finds(component, each, Verdict.UP, datetime.now(UTC) - timedelta(days=1), "")
    return component


def _finds(
    component: Component, monitor: str, verdict: Verdict, at: datetime, message: str
) -> None:
    check = Check.objects.select_related("monitor").get(monitor__name=monitor)
    check.verdict, check.since, check.message = verdict, at.timestamp(), message
    check.checked, check.due = time.time(), time.time() + 3600
    check.save()
    with transaction.atomic():
        told = Transition(verdict, at.timestamp())
        record(state_changed_event(check.monitor, check.region_id, told, message=message), at=at)


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served() -> Iterator[str]:
    with make_server(
        "127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), handler_class=_Silent
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


TASKS = {
    "alerts": "/admin/subscribers/alertroute/1/change/",
    "heartbeats": "/admin/monitors/monitor/6/change/",
    "history": "/admin/components/declaredperiod/add/?component=2",
    "incident": "/admin/incidents/incident/1/desk",
    "maintenance": "/admin/maintenance/window/add/?components=3",
    "monitors": "/admin/monitors/monitor/add/?component=2",
    "notified": "/admin/subscribers/delivery/?q=ann@customer.dev",
    "open-incident": "/admin/incidents/incident/add/?component=2",
    "private-pages": "/admin/statuspage/page/partners/change/",
    "subscribers": "/admin/subscribers/subscriber/",
    "tokens": "/admin/statuspage/apitoken/add/",
    "undo": "/admin/incidents/incident/2/desk",
    "users": "/admin/auth/user/2/change/",
}
"""The pages of the admin that the documentation shows where it says how something is done."""


UNFOLD = """() => {
  document.querySelectorAll('.kinds').forEach(node => { node.open = true })
  const left = document.querySelector('[data-countdown]')
  const text = left && left.textContent.replace(/\\d+ s$/, '12 s')
  if (left) left.closest('.publishing').dataset.countdownText = text
  return new Promise(resolve => setTimeout(resolve, 400))
}"""
"""Shows the kinds that there are to choose from; pictures are made when little time is left."""


def shoot(browser: Any, folder: Path, session: str) -> None:
    (folder / "tasks").mkdir(exist_ok=True)
    with served() as url:
        for scheme in ("light", "dark"):
            with _desk(browser, url, session, color_scheme=scheme) as page:
                page.goto(f"{url}/admin/")
                page.screenshot(path=folder / f"desk-{scheme}.png")
        for name, address in TASKS.items():
            with _desk(browser, url, session, color_scheme="light") as page:
                page.goto(f"{url}{address}")
                page.evaluate(UNFOLD)
                page.screenshot(path=folder / "tasks" / f"{name}.png")
    for path in folder.rglob("*.png"):
        small_png.shrink(path)


@contextmanager
def _desk(browser: Any, url: str, session: str, **options: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1120, "height": 720}, **options)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
    yield context.new_page()
    context.close()
