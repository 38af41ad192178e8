"""A store with a row of every model that the admin lists, as after some weeks of work."""

import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from django.contrib.auth import get_user_model

from components.history.corrections import add_correction
from components.models import Component, JournalCursor, JournalEntry, SetAside
from components.status import Status, Verdict
from components.values.severity import Severity
from incidents.models import IncidentTemplate, PostMortem
from incidents.services import open_incident, post_update
from incidents.workflow import IncidentState
from maintenance.models import Series, Window
from maintenance.series import start_series
from maintenance.services import schedule
from monitors.heartbeats.ingest import rotate_key
from monitors.models import Agent, AlertRule, Check, Monitor, Reader, UnmatchedAlert
from monitors.services import save_monitor
from statuspage.access import pages, tokens
from statuspage.access.announcements import save_announcement
from statuspage.models import Announcement, Appearance, Page
from statuspage.pages.face import MAIN
from statuspage.runtime import progress
from subscribers.alerting.channels import save_channel
from subscribers.alerting.routes import save_route
from subscribers.delivery import endpoint_health
from subscribers.delivery.fanout import create_notice, fan_out
from subscribers.delivery.matching import Audience
from subscribers.enums import AlertStage, Kind
from subscribers.message import Facts
from subscribers.models import Alert, AlertChannel, AlertRoute, Delivery, Hold
from tests import build

PASSWORD = "long enough 7"


def owner() -> None:
    """Make the account `olga`, who may do everything."""
    get_user_model().objects.create_superuser("olga", "olga@northwind.dev", PASSWORD)


def fill(now: datetime) -> None:
    """Put a row, or some, into every list of the admin but that of users."""
    shop = catalogue(now)
    monitors(shop, now)
    events(shop, now)
    people(shop, now)
    alerting(shop, now)
    public_pages(now)
    system(now)


def catalogue(now: datetime) -> Component:
    """A group with two components, the first with a corrected history and a manual status."""
    group = build.group("Store")
    shop = build.component(
        "Web shop", slug="web-shop", group=group, description="Orders and the basket.",
        status_override=Status.DEGRADED, override_note="Slow since the release.",
    )  # fmt: skip
    build.component("Search", slug="search", group=group)
    add_correction(
        shop, status=Status.PARTIAL_OUTAGE, started_at=now - timedelta(days=3, hours=2),
        ended_at=now - timedelta(days=3), note="A power cut that no monitor saw.", actor="olga",
        now=now,
    )  # fmt: skip
    return shop


def monitors(shop: Component, now: datetime) -> None:
    """One monitor of each shape of form, a rule, an agent and a reader."""
    seconds = now.timestamp()
    frankfurt = build.region("eu-central-1", "Frankfurt")
    watched = build.monitor(
        shop, name="Home page", url="https://shop.northwind.dev/", regions=(frankfurt,),
        interval=60,
    )  # fmt: skip
    Check.objects.filter(monitor=watched).update(
        verdict=Verdict.DOWN, since=seconds - 720, checked=seconds, message="status 503",
    )  # fmt: skip
    backup, _ = build.heartbeat(shop, now=seconds)
    backup.name = "Nightly backup"
    save_monitor(backup, regions=[])
    rotate_key(backup)
    for kind, name, config in (
        ("manual", "Support desk", {}),
        ("external", "Alerts of the warehouse", {}),
        ("number", "Orders waiting", {"down_above": 500}),
    ):
        made = Monitor(name=name, component=shop, kind=kind, config=config)
        save_monitor(made, regions=())
    AlertRule.objects.create(name="Warehouse", matchers='team="warehouse"', component=shop)
    UnmatchedAlert.objects.create(
        fingerprint="a" * 64, name="DiskFull", labels={"team": "none"}, reason="no rule",
        received_at=now,
    )  # fmt: skip
    Agent.objects.create(
        name="far/agent@eu", region="eu-central-1", seen=time.time(), stream="x", sequence=7
    )
    reader = Reader.objects.create(name="gpu-1", heartbeat=time.time(), metrics={"cpu": 12.5})
    reader.gauges.create(minute=time.time() // 60, cpu=12.5, network_in=2.3e9)


def events(shop: Component, now: datetime) -> None:
    """An open incident, a draft, a resolved one with a post-mortem; two windows and a series."""
    open_incident(
        title="Slow checkouts", severity=Severity.MAJOR, status=IncidentState.IDENTIFIED,
        message="We **look** into it.", impacts={shop: Status.DEGRADED},
        started_at=now - timedelta(minutes=38), actor="olga",
    )  # fmt: skip
    open_incident(
        title="Search answers with errors", severity=Severity.MINOR, message="Errors since noon.",
        published=False,
    )  # fmt: skip
    over = open_incident(
        title="Errors at the payment provider", severity=Severity.MINOR,
        message="Cards are declined.", impacts={shop: Status.PARTIAL_OUTAGE},
        started_at=now - timedelta(days=2),
    )  # fmt: skip
    post_update(over, status=IncidentState.RESOLVED, message="It works again.")
    PostMortem.objects.create(incident=over, impact="Some orders failed.", root_cause="A key.")
    IncidentTemplate.objects.create(
        name="Provider outage", title="{component} is unavailable",
        message="{component} does not answer: {reason}.",
    )  # fmt: skip
    begins = now + timedelta(hours=20)
    window = Window(
        title="Database optimization", message="Orders may be **delayed**.", starts_at=begins,
        ends_at=begins + timedelta(hours=2), blocks_api=True,
    )  # fmt: skip
    schedule(window, components=[shop])
    running = Window(
        title="New index", starts_at=now - timedelta(minutes=20),
        ends_at=now + timedelta(minutes=40),
    )  # fmt: skip
    schedule(running, components=[Component.objects.get(slug="search")])
    series = Series(
        title="Monthly updates", rule="FREQ=MONTHLY", timezone="Europe/Berlin",
        first_local=f"{now + timedelta(days=5):%Y-%m-%d}T02:00:00", duration=timedelta(hours=1),
    )  # fmt: skip
    start_series(series, components=[shop], at=now)


def people(shop: Component, now: datetime, *, headline: str = "Slow checkouts") -> None:
    """Subscribers, one of whom is suspended, a webhook, and what became of one message."""
    ann = build.subscriber("ann@customer.dev")
    bert = build.subscriber("bert@customer.dev", components=[shop], language="de")
    hook = build.subscriber("https://hooks.customer.dev/x", channel="webhook")
    gone = build.subscriber("gone@customer.dev")
    endpoint_health.endpoint_of(hook)
    facts = Facts(
        event="incident.updated", headline=headline, at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        url="https://status.northwind.dev/status/incidents/INC-1", state="identified",
        severity="major", message="We **look** into it.", components=(shop.name,),
        component_ids=(shop.pk,), subject_id=1, reference="INC-1",
    )  # fmt: skip
    create_notice(
        key="journal-1", facts=facts, audience=Audience(Kind.INCIDENTS), at=now,
        thread="incident-1", entry_id=1,
    )  # fmt: skip
    fan_out(now=now)
    rows = Delivery.objects.all()
    rows.filter(subscriber__in=[ann, bert]).update(state="sent", due=None, ended_at=now)
    rows.filter(subscriber=gone).update(
        state="failed", due=None, last_code=550, last_response="550 no such user", ended_at=now
    )
    endpoint_health.suspend(gone, "mail came back: 550 no such user", now=now)
    Hold.objects.create(
        since=now - timedelta(days=9), reason="the store was restored", ended_by="olga",
        ended_at=now - timedelta(days=9), released=True,
    )  # fmt: skip


def alerting(shop: Component, now: datetime) -> None:
    """Two channels, a route with two steps, and an alert that nobody acknowledged."""
    first, second = AlertChannel(name="On-call mail"), AlertChannel(name="Second line")
    save_channel(first, address="oncall@northwind.dev")
    save_channel(second, address="second@northwind.dev")
    save_route(AlertRoute(name="Everything"), steps={first: 0, second: 15})
    facts = Facts(
        event="alert.raised", headline=f"DOWN: {shop.name}", at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        url="https://status.northwind.dev/admin/", severity="major", message="status 503",
        more={"details": {"since": f"{now:%Y-%m-%dT%H:%M:%SZ}", "seen_from": ["eu-central-1"]},
              "links": [{"label": "Open incident", "url": "/admin/incidents/incident/add/"}]},
    )  # fmt: skip
    Alert.objects.create(
        component_id=shop.pk, name=shop.name, stage=AlertStage.RAISED, severity="major",
        facts=asdict(facts), began_at=now - timedelta(minutes=12),
        raised_at=now - timedelta(minutes=11), escalated_from=now - timedelta(minutes=11),
    )  # fmt: skip


def public_pages(now: datetime) -> None:
    """A private page beside the main one, with its look, and an announcement on the main one."""
    Page.objects.get_or_create(slug=MAIN)
    partners = Page(slug="partners", name="Partners", everything=True, private=True)
    pages.set_password(partners, "correct horse battery")
    pages.save_page(partners)
    Appearance.objects.get_or_create(page=partners)
    announcement = Announcement(
        page_id=MAIN, message="Our office is closed on Friday.", starts_at=now - timedelta(days=1)
    )
    save_announcement(announcement, now=now)


def system(now: datetime) -> None:
    """A token, workers, a consumer of the journal, a task that failed for good, and paused mail."""
    tokens.create(name="deploys", scopes=["status:read", "status:write"])
    for role in progress.ROLES:
        progress.store(role)
    JournalCursor.objects.get_or_create(reader="notices", defaults={"position": 1})
    entry = JournalEntry.objects.earliest("pk")
    SetAside.objects.create(reader="notices", entry=entry, error="ValueError: no such kind")
    Hold.objects.create(since=now, reason="the store was restored")


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
