"""An alert through the library Apprise, to a real server on this machine that speaks Gotify."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings

from components.values.severity import Severity
from subscribers.alerting import service
from subscribers.alerting.channels import save_channel
from subscribers.enums import AlertStage
from subscribers.message import Facts
from subscribers.models import AlertChannel, AlertRoute, Delivery
from tests import build
from tests.servers import Target

pytestmark = [
    pytest.mark.both,
    pytest.mark.django_db(transaction=True),
    # Apprise imports it for old Pythons, as its own comment says.
    pytest.mark.filterwarnings("ignore:.imghdr. is deprecated"),
]
TOKEN = "canaryTokenCanary"


@pytest.fixture
def target() -> Iterator[Target]:
    with Target() as target:
        yield target


def channel(url: str) -> AlertChannel:
    row = AlertChannel(name="Pager", channel="apprise")
    save_channel(row, address=url)
    return row


def raise_alert(row: AlertChannel) -> None:
    route = AlertRoute.objects.create(name="All")
    route.channels.add(row)
    now = datetime.now(UTC)
    component = build.component("Checkout")
    facts = Facts(event="alert.raised", headline="Checkout is down", at="2026-01-01T00:00:00Z",
                  url="https://status.example.com/", message="connection refused")  # fmt: skip
    service.apply_stage_change(
        service.StageChange(
            stage=AlertStage.RAISED, component_id=component.pk, name=component.name,
            severity=Severity.MAJOR, facts=facts, at=now, since=now, key="journal-1",
        )
    )  # fmt: skip


def test_an_alert_arrives_through_apprise_once(target: Target, send: Callable[..., int]) -> None:
    raise_alert(channel(f"gotify://127.0.0.1:{target.port}/ok/{TOKEN}"))

    send()

    assert Delivery.objects.get().state == "sent"
    [request] = target.requests
    told = json.loads(request.body)
    assert "Checkout is down" in told["title"]
    assert "connection refused" in told["message"]


def test_a_service_that_refuses_is_tried_again_and_nothing_of_its_address_is_kept(
    target: Target, send: Callable[..., int]
) -> None:
    raise_alert(channel(f"gotify://127.0.0.1:{target.port}/status/500/{TOKEN}"))

    send(seconds=2.0)

    row = Delivery.objects.get()
    assert row.state == "retrying"
    assert TOKEN not in row.last_response
    assert target.requests


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_s19_it_reaches_no_address_that_is_not_allowed(
    target: Target, send: Callable[..., int], monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "private_targets", False)
    raise_alert(channel(f"gotify://{host}:{target.port}/ok/{TOKEN}"))

    send()

    row = Delivery.objects.get()
    assert target.accepted == 0
    assert row.state in ("failed", "retrying")
    if host == "127.0.0.1":
        assert (row.state, row.last_response) == ("failed", "blocked address 127.0.0.1: loopback")
