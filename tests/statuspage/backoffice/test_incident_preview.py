"""The form that opens an incident: what it shows before it is saved, and the wordings it takes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from components.models import Component, JournalEntry
from components.services import save_component
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident, IncidentTemplate
from incidents.services import open_incident
from statuspage.automation import notices
from subscribers.delivery.fanout import fan_out
from subscribers.models import Delivery, Suspension
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
ADD = "admin:incidents_incident_add"


@pytest.fixture
def shop() -> Component:
    return build.component("Shop")


@pytest.fixture
def checkout(shop: Component) -> Component:
    return save_component(build.component("Checkout"), depends_on=[shop])


def test_who_is_affected_through_whom_is_told_before_saving(
    staff: Client, shop: Component, checkout: Component
) -> None:
    save_component(build.component("Search"), depends_on=[checkout])
    asked = {"component": [shop.pk, checkout.pk]}

    told = staff.get(reverse("incident-forecast"), asked).content.decode()
    page = staff.get(reverse(ADD), asked).content.decode()

    assert "Also affected: Search, through Shop and Checkout." in told
    assert "0 subscribers will be notified." in told
    assert told.strip() in page


def test_the_number_is_of_those_who_would_be_told(staff: Client, shop: Component) -> None:
    """By the rule of fan-out itself: what follows, and which would not be sent to."""
    build.subscriber()
    build.subscriber(scope="components", components=[shop])
    build.subscriber(min_severity="critical")
    build.subscriber(kinds=["maintenance"])
    build.subscriber(scope="components", components=[build.component()])
    build.subscriber(confirmed_at=None)
    suspended = build.subscriber()
    Suspension.objects.create(subscriber=suspended, since=datetime.now(UTC), reason="bounces")

    def told(severity: str) -> str:
        url = reverse("incident-forecast")
        return staff.get(url, {"component": str(shop.pk), "severity": severity}).content.decode()

    assert "2 subscribers will be notified." in told("minor")
    assert "3 subscribers will be notified." in told("critical")
    incident = open_incident(
        title="t", severity=Severity.CRITICAL, message="m", impacts={shop: Status.DEGRADED}
    )
    notices.run(now=datetime.now(UTC))
    while fan_out(now=datetime.now(UTC)):
        pass
    sent = Delivery.objects.filter(notice__thread=f"incident-{incident.pk}", due__isnull=False)
    assert sent.count() == 3


@pytest.mark.parametrize("asked", ["", "0", "x", "99999999999999999999", "²"])
def test_what_is_no_component_is_passed_over(staff: Client, asked: str) -> None:
    told = staff.get(reverse("incident-forecast"), {"component": asked})

    assert ">0 subscribers will be notified.</p>" in told.content.decode()


def test_the_page_of_its_details_tells_it_too(
    staff: Client, shop: Component, checkout: Component
) -> None:
    incident = open_incident(
        title="t", severity=Severity.MINOR, message="m", impacts={shop: Status.DEGRADED}
    )

    page = staff.get(reverse("admin:incidents_incident_change", args=[incident.pk]))

    assert "Also affected: Checkout, through Shop." in page.content.decode()


def test_a_wording_is_filled_from_what_the_form_says_so_far(staff: Client, shop: Component) -> None:
    kept = IncidentTemplate.objects.create(
        name="k", title="{component} in {regions}", message="Since {started_at}.", severity="major"
    )
    url = reverse("incident-wording", args=[kept.pk])
    asked = {"component": str(shop.pk), "regions": "eu, us", "started_at": "2026-11-21T10:00:00"}

    filled = staff.get(url, asked).json()
    partly = staff.get(url, {**asked, "started_at": "yesterday"}).json()

    assert filled == {
        "trouble": "", "title": "Shop in eu, us", "message": "Since 2026-11-21 10:00 UTC.",
        "severity": "major", "status": "investigating",
    }  # fmt: skip
    assert (partly["trouble"], partly["message"]) == ("", "Since {started_at}.")
    assert not Incident.objects.exists()


def test_without_scripts_a_wording_comes_with_the_address(staff: Client, shop: Component) -> None:
    kept = IncidentTemplate.objects.create(name="k", title="{component} is slow", message="Slow.")
    address = f"{reverse(ADD)}?template={kept.pk}"

    listed = staff.get(reverse("admin:incidents_incidenttemplate_changelist")).content.decode()
    filled = staff.get(f"{address}&component={shop.pk}").content.decode()
    lacking = staff.get(address).content.decode()

    assert f'href="{address}"' in listed
    assert 'value="Shop is slow"' in filled
    assert "Slow.</textarea>" in filled
    assert 'value="{component} is slow"' in lacking


def test_strangers_learn_nothing_here(client: Client) -> None:
    assert client.get(reverse("incident-forecast")).status_code == 302
    assert client.get(reverse("incident-wording", args=[1])).status_code == 302


def said(component: Component, **fields: Any) -> dict[str, Any]:
    management = {
        f"{prefix}-{name}": value
        for prefix in ("impacts", "updates")
        for name, value in (("TOTAL_FORMS", "1"), ("INITIAL_FORMS", "0"))
    }
    return {
        "title": "Slow checkouts", "status": "identified", "severity": "major",
        "published": "on", "started_at_0": "2026-01-05", "started_at_1": "10:00:00",
        "impacts-0-component": component.pk, "impacts-0-status": "degraded",
        "updates-0-message": "It was the disk.", "updates-0-notify": "on",
        **management, **fields,
    }  # fmt: skip


def test_the_first_update_has_the_incidents_state(staff: Client, shop: Component) -> None:
    staff.post(reverse(ADD), said(shop))

    update = Incident.objects.get().updates.get()
    assert (update.status, update.notify, update.author) == ("identified", True, "olga")


def test_one_that_is_over_is_written_down_silently(staff: Client, shop: Component) -> None:
    over = {"ended_at_0": "2026-01-05", "ended_at_1": "11:30:00"}

    staff.post(reverse(ADD), said(shop, **over))

    incident = Incident.objects.get()
    ended = datetime(2026, 1, 5, 11, 30, tzinfo=UTC)
    assert (incident.status, incident.resolved_at) == ("resolved", ended)
    assert incident.reference == "INC-2026-001"
    update = incident.updates.get()
    assert (update.status, update.notify, update.created_at) == ("resolved", False, ended)
    told = JournalEntry.objects.filter(kind__startswith="incident.").get()
    assert told.kind == "incident.backfilled"
    assert build.status_of(shop) is Status.OPERATIONAL


def test_it_cannot_have_ended_before_it_began(staff: Client, shop: Component) -> None:
    answer = staff.post(reverse(ADD), said(shop, ended_at_0="2026-01-05", ended_at_1="09:00:00"))

    errors = answer.context["adminform"].form.errors
    assert errors["ended_at"] == ["The end must not lie before the start."]
    assert not Incident.objects.exists()
