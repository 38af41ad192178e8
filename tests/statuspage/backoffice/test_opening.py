"""Opening an incident at night: what is measured is filled in; lists find whom people look for."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from components.models import Component
from components.status import Status, Verdict
from incidents.models import Incident
from monitors.models import Check
from statuspage.backoffice.dashboard import gather_desk
from subscribers.delivery.fanout import create_notice, fan_out
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.models import Delivery
from tests import build
from tests.statuspage.backoffice.test_incident_preview import said
from tests.subscribers.news import INCIDENT

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ADD = "admin:incidents_incident_add"
NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)


@pytest.fixture
def shop() -> Component:
    component = build.component("Shop")
    build.monitor(component)
    since = (NOW - timedelta(minutes=9)).timestamp()
    Check.objects.update(verdict=Verdict.DOWN, since=since, message="status 500")
    return component


def test_what_is_measured_is_filled_in(staff: Client, shop: Component) -> None:
    page = staff.get(reverse(ADD), {"component": shop.pk})

    form = page.context["adminform"].form
    impacts = page.context["inline_admin_formsets"][0].formset.forms[0]
    assert form.initial["title"] == "Shop is unavailable"
    assert form.initial["severity"] == "critical"
    assert form.initial["started_at"] == NOW - timedelta(minutes=9)
    assert impacts.initial == {"component": str(shop.pk), "status": Status.MAJOR_OUTAGE}
    assert "status 500" in page.content.decode()


def test_what_works_is_left_to_its_writer(staff: Client) -> None:
    page = staff.get(reverse(ADD), {"component": build.component("Fine").pk})

    assert "title" not in page.context["adminform"].form.initial
    assert "Filled in from" not in page.content.decode()


@pytest.mark.parametrize(("button", "published"), [("_draft", False), ("_publish", True)])
def test_the_button_decides_whether_it_is_public(
    staff: Client, shop: Component, button: str, published: bool
) -> None:
    staff.post(reverse(ADD), said(shop, **{button: "1"}))

    assert Incident.objects.get().published is published


@pytest.mark.parametrize("field", ["title", "updates-0-message"])
def test_a_blank_that_is_left_is_not_published(staff: Client, shop: Component, field: str) -> None:
    page = staff.post(reverse(ADD), said(shop, **{field: "We see {reason}."}))

    assert "Replace or remove {reason}." in page.content.decode()
    assert not Incident.objects.exists()


def test_no_incident_is_called_for_on_what_is_under_maintenance(shop: Component) -> None:
    called = [row.title for row in gather_desk(NOW).attention]
    Component.objects.filter(pk=shop.pk).update(status=Status.MAINTENANCE)

    assert any(title.startswith("Shop") for title in called)
    assert not any(row.title.startswith("Shop") for row in gather_desk(NOW).attention)


@pytest.fixture
def delivery() -> Delivery:
    anna = build.subscriber("anna@example.org")
    build.subscriber("bert@example.org")
    notice = create_notice(
        key="journal-9", facts=INCIDENT, audience=Audience(Kind.INCIDENTS), at=NOW,
        thread="incident-7", entry_id=9,
    )  # fmt: skip
    fan_out(now=NOW)
    return Delivery.objects.get(notice=notice, subscriber=anna)


@pytest.mark.parametrize("model", ["delivery", "subscriber"])
def test_a_person_is_found_by_the_whole_address(
    staff: Client, delivery: Delivery, model: str
) -> None:
    address = reverse(f"admin:subscribers_{model}_changelist")

    found = staff.get(address, {"q": " Anna@example.org "}).context["cl"].result_list
    nobody = staff.get(address, {"q": "anna@example"}).context["cl"].result_list

    row = delivery if model == "delivery" else delivery.subscriber
    assert list(found) == [row]
    assert list(nobody) == []


def test_a_delivery_shows_the_very_message(staff: Client, delivery: Delivery) -> None:
    listed = staff.get(reverse("admin:subscribers_delivery_changelist")).content.decode()
    page = staff.get(reverse("admin:subscribers_delivery_change", args=[delivery.pk]))
    address = reverse("delivery-mail", args=[delivery.pk])
    mail = staff.get(address)

    assert 'field-message">Update<' in listed
    assert address in page.content.decode()
    assert INCIDENT.headline in mail.content.decode()
    assert mail["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_the_message_is_for_who_may_see_deliveries(client: Client, delivery: Delivery) -> None:
    assert client.get(reverse("delivery-mail", args=[delivery.pk])).status_code == 302
