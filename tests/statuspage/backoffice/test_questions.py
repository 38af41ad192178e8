"""What resolves, publishes or cancels asks first, with the evidence and the number of people."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from components.models import Component, JournalEntry
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident, post_update
from incidents.workflow import IncidentState
from maintenance.models import Series, Window
from maintenance.series import start_series
from maintenance.services import schedule
from statuspage.publishing import projector
from subscribers.enums import State
from subscribers.models import Delivery
from tests import build
from tests.statuspage.backoffice.test_undo import desk, said, tell, undo_url, watch_down

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


def test_resolving_against_the_evidence_asks_once_on_the_desk(
    staff: Client, incident: Incident, shop: Component
) -> None:
    watch_down(shop)
    projector.catch_up()
    resolving = said(incident, shop, status="resolved", **{f"component_{shop.pk}": "operational"})

    page = staff.post(desk(incident), resolving).content.decode()

    assert "Shop is still measured as Major Outage" in page
    assert "Resolve anyway" in page
    assert 'name="resolve_anyway" value="on"' in page
    incident.refresh_from_db()
    assert incident.status == IncidentState.INVESTIGATING
    staff.post(desk(incident), {**resolving, "resolve_anyway": "on"})
    incident.refresh_from_db()
    assert incident.status == IncidentState.RESOLVED


def test_resolving_against_the_evidence_asks_once_in_the_form(
    staff: Client, incident: Incident, shop: Component
) -> None:
    watch_down(shop)
    impact, update = incident.impacts.get(), incident.updates.get()
    at = incident.started_at
    form = {
        "title": incident.title, "status": "resolved", "severity": "minor", "published": "on",
        "regions": "", "started_at_0": f"{at:%Y-%m-%d}", "started_at_1": f"{at:%H:%M:%S}",
        "notify": "on", "seen_version": str(incident.version),
        "impacts-TOTAL_FORMS": "1", "impacts-INITIAL_FORMS": "1", "impacts-0-id": impact.pk,
        "impacts-0-incident": incident.pk, "impacts-0-component": str(shop.pk),
        "impacts-0-status": "operational", "updates-TOTAL_FORMS": "1",
        "updates-INITIAL_FORMS": "1", "updates-0-id": update.pk,
        "updates-0-incident": incident.pk, "updates-0-message": update.message,
    }  # fmt: skip
    change = reverse("admin:incidents_incident_change", args=[incident.pk])

    page = staff.post(change, form).content.decode()

    assert "Shop is still measured as Major Outage" in page
    assert 'name="resolve_anyway" value="on"' in page
    assert staff.post(change, {**form, "resolve_anyway": "on"}).status_code == 302
    incident.refresh_from_db()
    assert incident.status == IncidentState.RESOLVED


def test_what_is_not_measured_as_down_is_resolved_without_a_question(
    staff: Client, incident: Incident, shop: Component
) -> None:
    build.monitor(shop)

    staff.post(desk(incident), said(incident, shop, status="resolved"))

    incident.refresh_from_db()
    assert incident.status == IncidentState.RESOLVED


@pytest.mark.parametrize("ticked", [True, False])
def test_resolving_several_asks_first_with_the_number_and_the_evidence(
    staff: Client, incident: Incident, shop: Component, ticked: bool
) -> None:
    build.subscriber()
    build.subscriber(channel="webhook", address="https://hooks.example.org/a")
    other = open_incident(title="Search", severity=Severity.MAJOR, message="We look.")
    watch_down(shop)
    chosen = {"action": "resolve", "_selected_action": [incident.pk, other.pk]}
    url = reverse("admin:incidents_incident_changelist")

    page = staff.post(url, chosen).content.decode()

    assert "Resolve 2 incidents?" in page
    assert "Notify 1 subscriber and 1 webhook" in page
    assert "Shop is still measured as Major Outage" in page
    assert Incident.objects.filter(resolved_at=None).count() == 2
    answer = {**chosen, "post": "yes", **({"notify": "on"} if ticked else {})}
    page = staff.post(url, answer, follow=True).content.decode()
    assert page.count("data-left=") == 2
    entries = JournalEntry.objects.filter(kind="incident.resolved")
    assert [(each.data["notify"], each.data["hold"]["seconds"]) for each in entries] == [
        (ticked, 15), (ticked, 15),
    ]  # fmt: skip


def test_publishing_drafts_asks_first(staff: Client) -> None:
    build.subscriber()
    draft = open_incident(
        title="Search", severity=Severity.MAJOR, message="We look.", published=False
    )
    chosen = {"action": "publish", "_selected_action": [draft.pk]}
    url = reverse("admin:incidents_incident_changelist")

    assert "Notify 1 subscriber" in staff.post(url, chosen).content.decode()
    assert not Incident.objects.get().published
    staff.post(url, {**chosen, "post": "yes", "notify": "on"})
    assert Incident.objects.get().published
    staff.post(undo_url())
    assert not Incident.objects.get().published


def test_cancelling_windows_asks_first(staff: Client, window: Window) -> None:
    build.subscriber()
    chosen = {"action": "cancel", "_selected_action": [window.pk]}
    url = reverse("admin:maintenance_window_changelist")

    page = staff.post(url, chosen).content.decode()
    assert "Cancel 1 maintenance window now?" in page
    assert "Notify 1 subscriber" in page
    staff.post(url, {**chosen, "post": "yes"})

    entry = JournalEntry.objects.filter(kind="maintenance.cancelled").get()
    assert entry.data["notify"] is False
    assert "was not changed" in staff.post(url, chosen, follow=True).content.decode()


def test_stopping_a_series_asks_first(staff: Client) -> None:
    first = (datetime.now(UTC) + timedelta(days=1)).replace(tzinfo=None)
    series = Series(
        title="Weekly", rule="FREQ=DAILY", timezone="UTC", duration=timedelta(hours=1),
        first_local=first.isoformat(timespec="seconds"),
    )  # fmt: skip
    start_series(series, components=[], at=datetime.now(UTC))
    chosen = {"action": "stop", "_selected_action": [series.pk]}
    url = reverse("admin:maintenance_series_changelist")

    assert "Stop 1 series?" in staff.post(url, chosen).content.decode()
    assert not Series.objects.get().ended
    staff.post(url, {**chosen, "post": "yes"})
    assert Series.objects.get().ended
    assert not any(
        entry.data["notify"] for entry in JournalEntry.objects.filter(kind="maintenance.cancelled")
    )


def test_every_action_that_sends_asks_first(staff: Client, incident: Incident) -> None:
    """No action of a list sends anything before its question was answered."""
    subscriber = build.subscriber()
    tell()
    Delivery.objects.update(state=State.SENT, due=None, ended_at=datetime.now(UTC))
    before = JournalEntry.objects.count()
    for url, action, pk in (
        ("subscribers_subscriber", "send_test", subscriber.pk),
        ("subscribers_delivery", "send_again", Delivery.objects.get().pk),
        ("incidents_incident", "resolve", incident.pk),
        ("incidents_incident", "delete_selected", incident.pk),
    ):
        chosen = {"action": action, "_selected_action": [pk]}
        answer = staff.post(reverse(f"admin:{url}_changelist"), chosen)
        assert answer.status_code == 200, action
        assert 'name="post" value="yes"' in answer.content.decode(), action
    tell()
    assert JournalEntry.objects.count() == before
    assert list(Delivery.objects.values_list("state", flat=True)) == [State.SENT]


def test_a_resolved_incident_gets_another_update_without_a_question(
    staff: Client, incident: Incident, shop: Component
) -> None:
    watch_down(shop)
    post_update(incident, status=IncidentState.RESOLVED, message="Over.")
    incident.refresh_from_db()

    staff.post(desk(incident), said(incident, shop, status="resolved", message="Sorry."))

    assert incident.updates.count() == 3
