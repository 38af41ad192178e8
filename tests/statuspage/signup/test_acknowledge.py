"""Acknowledging an alert from a message, without log-in (F-M2)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from components.models import JournalEntry
from components.values.severity import Severity
from subscribers.alerting.channels import save_channel
from subscribers.alerting.service import StageChange, apply_stage_change
from subscribers.enums import AlertStage
from subscribers.message import Facts
from subscribers.models import Alert, AlertChannel
from subscribers.tokens import acknowledge_link

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def pager() -> AlertChannel:
    row = AlertChannel(name="Pager", channel="email")
    save_channel(row, address="ops@example.org")
    return row


@pytest.fixture
def alert() -> Alert:
    facts = Facts(event="alert.raised", headline="DOWN: Shop", at="", url="", message="HTTP 503")
    change = StageChange(
        AlertStage.RAISED, 1, "Shop", Severity.MAJOR, facts, at=NOW, since=NOW, key="k"
    )
    made = apply_stage_change(change)
    assert made
    return made


def path(alert: Alert, pager: AlertChannel, *, at: datetime = NOW) -> str:
    return "/" + acknowledge_link(alert.pk, pager, at=at).split("/", 3)[3]


def test_a_look_changes_nothing_and_the_button_names_the_channel(
    client: Client, alert: Alert, pager: AlertChannel
) -> None:
    address = path(alert, pager)
    for method in (client.get, client.head):
        assert method(address).status_code == 200
    page = client.get(address).content.decode()
    alert.refresh_from_db()
    assert alert.acknowledged_at is None
    assert "DOWN: Shop" in page
    assert "HTTP 503" in page
    assert "<button" in page

    page = client.post(address).content.decode()

    alert.refresh_from_db()
    assert alert.acknowledged_by == "channel Pager"
    assert "Acknowledged by channel Pager" in page
    assert "<button" not in page
    entry = JournalEntry.objects.get(kind="alert.acknowledged")
    assert (entry.actor, entry.public) == ("channel Pager", False)
    client.post(address)
    assert JournalEntry.objects.filter(kind="alert.acknowledged").count() == 1


def test_no_other_link_will_do(client: Client, alert: Alert, pager: AlertChannel) -> None:
    good = path(alert, pager)
    other = good.replace(f"/{alert.pk}-", f"/{alert.pk + 1}-")
    forged = good[:-1] + ("0" if good[-1] != "0" else "1")
    later = good.replace("-17", "-18", 1)
    old = path(alert, pager, at=NOW - timedelta(days=3))
    for address in (other, forged, later, old, "/status/alerts/x", "/status/alerts/1-1-1-1"):
        assert client.post(address).status_code == 404, address
    AlertChannel.objects.update(enabled=False)
    assert client.post(good).status_code == 404
    alert.refresh_from_db()
    assert alert.acknowledged_at is None


def test_what_is_over_says_so(client: Client, alert: Alert, pager: AlertChannel) -> None:
    Alert.objects.update(resolved_at=NOW)

    page = client.post(path(alert, pager)).content.decode()

    assert "Recovered at" in page
    assert not JournalEntry.objects.filter(kind="alert.acknowledged").exists()
