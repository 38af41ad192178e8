"""A web process of ours with one of everything in its store, for programs that only know HTTP.

Run as a module it fills the store of its environment and tells the keys as JSON.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from tests import ROOT
from tests.journeys.product import free_port
from tests.migrated_store import put_migrated_store
from tests.waiting import PATIENCE, until

_NOT_OURS = ("DATABASE_URL", "TEST_POSTGRES_URL", "STATUSPAGE_REQUIRE")


@dataclass(frozen=True, slots=True)
class ApiSite:
    """A running web process. `key` may do everything, `reader` has the scope status:read."""

    url: str
    key: str
    reader: str
    ping: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@contextmanager
def api_site(folder: Path, **environ: str) -> Iterator[ApiSite]:
    """Fill and serve a fresh store in `folder`."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    settings = {
        **{name: value for name, value in os.environ.items() if name not in _NOT_OURS},
        "STATUSPAGE_DATA_DIR": str(folder),
        "STATUSPAGE_SECRET_KEY": "of-the-tests-" * 4,
        "STATUSPAGE_PORT": str(port),
        "STATUSPAGE_MANAGEMENT_PORT": str(free_port()),
        "STATUSPAGE_INTERNAL_PORT": str(free_port()),
        "STATUSPAGE_API_REQUESTS_PER_MINUTE": "1000000",
        "STATUSPAGE_ANONYMOUS_REQUESTS_PER_MINUTE": "1000000",
        "STATUSPAGE_READER_MESSAGE_TIMEOUT_MS": "30000",
        "SITE_URL": f"http://127.0.0.1:{port}",
        # It is only written to, and no sender runs.
        "EMAIL_URL": "smtp://127.0.0.1:9",
        **environ,
    }
    manage = [sys.executable, "manage.py"]
    put_migrated_store(folder)
    told = subprocess.run(
        [sys.executable, "-m", "tests.contracts.api_site"], cwd=ROOT, env=settings, check=True,
        timeout=60, capture_output=True,
    )  # fmt: skip
    log = folder / "web.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*manage, "web"], cwd=ROOT, stdout=out, stderr=out,
            env={**settings, "STATUSPAGE_ROLE": "web"},
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: requests.get(f"{url}/status", timeout=PATIENCE).ok, what="the page")
        yield ApiSite(url, **json.loads(told.stdout), process=process, log=log)
    finally:
        process.terminate()
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def fill() -> dict[str, str]:
    """One of everything; the answer is the keys."""

    from components.status import Status  # noqa: PLC0415  (after django.setup())
    from components.values.severity import Severity  # noqa: PLC0415  (after django.setup())
    from incidents.services import open_incident, post_update  # noqa: PLC0415
    from incidents.workflow import IncidentState  # noqa: PLC0415  (after django.setup())
    from maintenance.models import Window  # noqa: PLC0415  (after django.setup())
    from maintenance.services import schedule  # noqa: PLC0415  (after django.setup())
    from statuspage.access import tokens  # noqa: PLC0415  (after django.setup())
    from statuspage.publishing.snapshot import publish  # noqa: PLC0415  (after django.setup())
    from subscribers.import_export import import_subscribers  # noqa: PLC0415
    from tests import build  # noqa: PLC0415  (after django.setup())

    now = datetime.now(UTC)
    group = build.group("Platform")
    api = build.component("API", slug="api", group=group)
    store = build.component("Storage", slug="storage", group=group)
    api.depends_on.set([store])
    build.monitor(store, name="Answers", url="http://127.0.0.1:9/")
    _, ping = build.heartbeat(store)
    incident = open_incident(
        title="API answers slowly", severity=Severity.MAJOR, message="We look.",
        impacts={api: Status.PARTIAL_OUTAGE},
    )  # fmt: skip
    post_update(incident, status=IncidentState.IDENTIFIED, message="A disk is full.")
    for title, begins in (("Upgrade", now + timedelta(days=1)), ("Move", now)):
        window = Window(
            title=title, message="Short.", starts_at=begins, ends_at=begins + timedelta(hours=2)
        )
        schedule(window, components=[api], at=now)
    import_subscribers([{"email": "ann@example.org", "confirmed": True}], now=now, actor="test")
    _fill_settings(now)
    publish()
    # The first is there to be changed and deleted: operations are tried with the number 1.
    tokens.create(name="the first", scopes=["status:read"])
    return {
        "key": tokens.create(name="all", scopes=tokens.SCOPES),
        "reader": tokens.create(name="reader", scopes=["status:read"]),
        "ping": ping,
    }


def _fill_settings(now: datetime) -> None:
    """What staff set up: alerting, endpoints, templates, people."""
    from django.contrib.auth.models import User  # noqa: PLC0415  (after django.setup())

    from incidents.models import IncidentTemplate  # noqa: PLC0415  (after django.setup())
    from incidents.templates import save_template  # noqa: PLC0415  (after django.setup())
    from statuspage.access.people import save_person  # noqa: PLC0415  (after django.setup())
    from subscribers.alerting.channels import save_channel  # noqa: PLC0415
    from subscribers.alerting.routes import save_route  # noqa: PLC0415
    from subscribers.endpoints import create_endpoint  # noqa: PLC0415
    from subscribers.models import AlertChannel, AlertRoute  # noqa: PLC0415

    channel = AlertChannel(name="On call", channel="webhook")
    save_channel(channel, address="https://pager.example.org/")
    save_route(AlertRoute(name="All"), steps={channel: 0})
    create_endpoint(
        channel="webhook", url="https://hooks.example.org/", chosen={"components": ()}, owner="",
        now=now, actor="test",
    )  # fmt: skip
    save_template(IncidentTemplate(name="Disk", title="Slow", message="A disk is full."))
    save_person(User(username="ann", is_staff=True), actor="test")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
    import django

    django.setup()
    sys.stdout.write(json.dumps(fill()))
