"""What is published in the admin waits, shows how long, and can be undone there."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from components.journal.hold import hold_of
from components.models import Component, JournalEntry
from components.status import Status, Verdict
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident
from maintenance.lifecycle import WindowState
from maintenance.models import Window
from maintenance.services import schedule
from monitors.models import Check
from statuspage.automation import notices
from statuspage.publishing import projector
from subscribers.delivery.fanout import fan_out
from subscribers.enums import State
from subscribers.models import Delivery
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop() -> Component:
    return build.component("Shop")


@pytest.fixture
def incident(shop: Component) -> Incident:
    return open_incident(
        title="Slow checkouts", severity=Severity.MINOR, message="We look.",
        impacts={shop: Status.DEGRADED},
    )  # fmt: skip


@pytest.fixture
def window() -> Window:
    start = datetime.now(UTC) + timedelta(hours=1)
    planned = Window(title="Move", starts_at=start, ends_at=start + timedelta(hours=1))
    return schedule(planned, components=[])


def desk(incident: Incident) -> str:
    return reverse("incident-desk", args=[incident.pk])


def said(incident: Incident, shop: Component, **fields: Any) -> dict[str, Any]:
    return {
        "status": "identified", "message": "Found **it**.", "notify": "on",
        "seen_version": incident.version, f"component_{shop.pk}": "partial_outage",
        "act": "update", **fields,
    }  # fmt: skip


def last_entry() -> JournalEntry:
    held = [entry for entry in JournalEntry.objects.order_by("-id") if "before" in hold_of(entry)]
    return held[0]


def undo_url() -> str:
    return reverse("undo", args=[last_entry().pk])


def tell() -> None:
    now = datetime.now(UTC)
    notices.run(now=now)
    while fan_out(now=now):
        pass


def log_in(client: Client, role: str) -> Client:
    user = get_user_model().objects.create_user("vera", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def watch_down(component: Component) -> None:
    """Have a monitor say that the component is down."""
    monitor = build.monitor(component)
    since = datetime.now(UTC).timestamp() - 600
    Check.objects.filter(monitor=monitor).update(verdict=Verdict.DOWN, since=since)


def test_the_desk_shows_how_long_and_undo_brings_the_text_back(
    staff: Client, incident: Incident, shop: Component
) -> None:
    build.subscriber()
    build.subscriber(channel="webhook", address="https://hooks.example.org/a")
    page = staff.post(desk(incident), said(incident, shop), follow=True).content.decode()
    assert re.search(r"Publishing to 1 subscriber and 1 webhook in \d+ s", page)
    assert f'form="undo-form" formaction="{undo_url()}"' in page
    assert f'form="desk-act" formaction="{undo_url()}"' in staff.get("/admin/").content.decode()

    tell()
    assert (
        "Publishing to 1 subscriber and 1 webhook in" in staff.get(desk(incident)).content.decode()
    )
    assert "Publishing to 1 subscriber" in staff.get("/admin/").content.decode()
    answer = staff.post(undo_url(), follow=True)

    page = answer.content.decode()
    assert "Update undone. Nobody was notified." in page
    assert "Found **it**.</textarea>" in page
    assert "Publishing to" not in page
    assert incident.updates.count() == 1
    assert {row.state for row in Delivery.objects.filter(notice__thread=f"incident-{incident.pk}")
            if row.notice.facts["event"] == "incident.updated"} == {State.SUPPRESSED}  # fmt: skip


def test_a_setting_of_zero_waits_for_nothing(
    staff: Client, incident: Incident, shop: Component, settings: Any
) -> None:
    settings.STATUSPAGE.undo_seconds, kept = 0, settings.STATUSPAGE.undo_seconds
    try:
        page = staff.post(desk(incident), said(incident, shop), follow=True).content.decode()
    finally:
        settings.STATUSPAGE.undo_seconds = kept

    assert "Undo" not in page
    assert "hold" not in JournalEntry.objects.get(kind="incident.updated").data


def test_undoing_needs_a_post_and_the_right_to_publish(
    client: Client, staff: Client, incident: Incident, shop: Component
) -> None:
    staff.post(desk(incident), said(incident, shop))
    assert staff.get(undo_url()).status_code == 405
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(get_user_model().objects.get(username="olga"))
    assert guarded.post(undo_url()).status_code == 403

    viewer = log_in(Client(), "viewer")
    assert viewer.post(undo_url()).status_code == 403
    assert "Undo" not in viewer.get(desk(incident)).content.decode()
    assert incident.updates.count() == 2


def test_who_is_too_late_is_told_so(staff: Client, incident: Incident, shop: Component) -> None:
    build.subscriber()
    staff.post(desk(incident), said(incident, shop))
    tell()
    Delivery.objects.update(state=State.SENT, due=None, ended_at=datetime.now(UTC))

    page = staff.post(undo_url(), follow=True).content.decode()

    assert (
        "Too late to undo: 1 recipient was written to already. Post a correction instead." in page
    )
    assert incident.updates.count() == 2


def test_only_the_newest_can_be_undone(staff: Client, incident: Incident, shop: Component) -> None:
    staff.post(desk(incident), said(incident, shop))
    first = undo_url()
    incident.refresh_from_db()
    staff.post(desk(incident), said(incident, shop, message="More."))

    page = staff.get(desk(incident)).content.decode()
    assert page.count("data-left=") == 1
    assert first not in page
    staff.post(undo_url())
    assert first in staff.get(desk(incident)).content.decode()


def test_an_incident_that_the_form_opens_and_an_edit_can_be_undone(
    staff: Client, shop: Component
) -> None:
    now = datetime.now(UTC)
    form = {
        "title": "Down", "status": "investigating", "severity": "major", "published": "on",
        "regions": "", "started_at_0": f"{now:%Y-%m-%d}", "started_at_1": f"{now:%H:%M:%S}",
        "impacts-TOTAL_FORMS": "1", "impacts-INITIAL_FORMS": "0",
        "impacts-0-component": str(shop.pk), "impacts-0-status": "major_outage",
        "updates-TOTAL_FORMS": "1", "updates-INITIAL_FORMS": "0",
        "updates-0-message": "We look.", "updates-0-notify": "on",
    }  # fmt: skip
    page = staff.post(reverse("admin:incidents_incident_add"), form, follow=True).content.decode()
    assert "Nobody is notified · can be undone for" in page
    staff.post(undo_url())
    made = Incident.objects.get()
    assert not made.published
    assert build.status_of(shop) is not Status.MAJOR_OUTAGE

    change = reverse("admin:incidents_incident_change", args=[made.pk])
    impact, update = made.impacts.get(), made.updates.get()
    edit = {
        **form, "notify": "on", "seen_version": str(made.version), "_continue": "1",
        "title": "Down again",
        "impacts-INITIAL_FORMS": "1", "impacts-0-id": impact.pk, "impacts-0-incident": made.pk,
        "updates-INITIAL_FORMS": "1", "updates-0-id": update.pk, "updates-0-incident": made.pk,
    }  # fmt: skip
    page = staff.post(change, edit, follow=True).content.decode()
    assert "can be undone for" in page
    assert build.status_of(shop) is Status.MAJOR_OUTAGE
    staff.post(undo_url())
    made.refresh_from_db()
    assert (made.published, made.title) == (False, "Down")
    assert build.status_of(shop) is not Status.MAJOR_OUTAGE


@pytest.mark.parametrize(
    ("act", "fields"),
    [("start", {}), ("complete", {}), ("cancel", {}), ("extend", {"minutes": "30"}),
     ("update", {"message": "Half done."})],
)  # fmt: skip
def test_each_button_of_a_window_can_be_undone(
    staff: Client, window: Window, act: str, fields: dict[str, str]
) -> None:
    url = reverse("admin:window-move", args=[window.pk])
    if act == "complete":
        staff.post(url, {"act": "start"})
    before = Window.objects.values("state", "starts_at", "ends_at", "closed_at").get()
    page = staff.post(url, {"act": act, "notify": "on", **fields}, follow=True).content.decode()
    assert "can be undone for" in page
    assert Window.objects.values("state", "starts_at", "ends_at", "closed_at").get() != before or (
        act == "update"
    )

    page = staff.post(undo_url(), follow=True).content.decode()

    assert "undone. Nobody was notified." in page
    assert Window.objects.values("state", "starts_at", "ends_at", "closed_at").get() == before
    assert window.updates.count() == 0
    if act == "update":
        assert "Half done.</textarea>" in page


def test_a_window_that_the_form_plans_or_changes_can_be_undone(staff: Client) -> None:
    start = datetime.now(UTC) + timedelta(hours=1)
    form = {
        "title": "Move", "message": "", "impact": "minimal", "remind_before": "0", "regions": "",
        "starts_at_0": f"{start:%Y-%m-%d}", "starts_at_1": f"{start:%H:%M:%S}",
        "ends_at_0": f"{start + timedelta(days=1):%Y-%m-%d}", "ends_at_1": f"{start:%H:%M:%S}",
        "notify": "on",
    }  # fmt: skip
    page = staff.post(reverse("admin:maintenance_window_add"), form, follow=True).content.decode()
    assert "can be undone for" in page
    staff.post(undo_url())
    window = Window.objects.get()
    assert window.state == WindowState.DRAFT

    staff.post(reverse("admin:window-move", args=[window.pk]), {"act": "publish", "notify": "on"})
    window.refresh_from_db()
    change = reverse("admin:maintenance_window_change", args=[window.pk])
    staff.post(change, {**form, "title": "Moved", "seen_version": str(window.version)})
    assert Window.objects.get().title == "Moved"
    staff.post(undo_url())
    assert Window.objects.get().title == "Move"


def test_a_status_set_by_hand_in_the_admin_can_be_undone_there(
    staff: Client, shop: Component
) -> None:
    build.subscriber(kinds=["status"])
    page = reverse("admin:components_component_change", args=[shop.pk])
    form = staff.get(page).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    fields = {name: each for name, each in values.items() if each is not None and each is not False}
    fields |= {"status_override": "major_outage", "override_note": "Oops", "_save": "Save"}
    fields["depends_on"] = []

    assert staff.post(page, fields).status_code == 302
    projector.catch_up()

    shown = staff.get(page).content.decode()
    assert "Publishing to 1 subscriber in" in shown
    assert "Manual status" in staff.get("/admin/").content.decode()
    undo_url = reverse("undo", args=[JournalEntry.objects.filter(
        kind="component.override_changed").latest("pk").pk])  # fmt: skip
    assert staff.post(undo_url)["Location"] == page
    shop.refresh_from_db()
    assert shop.status_override == ""
    assert staff.get(page).content.decode().count("Publishing to") == 0
