"""`POST /api/v1/bounces`: JSON and notifications as they come, and who may send them (F-M9)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from statuspage.access import tokens
from subscribers.delivery.bounces.addresses import delivery_token, return_path
from subscribers.delivery.fanout import create_notice, fan_out
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.models import Bounce, Delivery, Subscriber, Suspension
from tests import build
from tests.subscribers.delivery.bounces.mails import notification
from tests.subscribers.news import INCIDENT

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
URL = "/api/v1/bounces"


@pytest.fixture(autouse=True)
def _bounces_have_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "bounce_address", "bounces@status.example.com")


@pytest.fixture
def key() -> str:
    return tokens.create(name="mail server", scopes=["bounces:write"])


@pytest.fixture
def ada() -> Subscriber:
    return build.subscriber("ada@example.org")


@pytest.fixture
def row(ada: Subscriber) -> Delivery:
    now = datetime.now(UTC)
    create_notice(key="journal-1", facts=INCIDENT, audience=Audience(Kind.INCIDENTS), at=now)
    fan_out(now=now)
    Delivery.objects.update(state="sent", due=None)
    return Delivery.objects.get()


def report(client: Client, key: str, body: Any, kind: str = "application/json") -> Any:
    return client.post(URL, body, content_type=kind, headers={"Authorization": f"Bearer {key}"})


def test_a_bounce_by_its_return_path(client: Client, key: str, row: Delivery) -> None:
    path = return_path(delivery_token(row))

    answer = report(client, key, {"return_path": path, "status": "5.1.1", "diagnostic": "no"})

    told = {"result": "recorded", "delivery_id": row.pk, "kind": "hard", "suspended": True}
    assert (answer.status_code, answer.json()) == (200, told)
    again = report(client, key, {"return_path": path, "status": "5.1.1"}).json()
    assert again == {**told, "result": "known"}
    assert (Bounce.objects.count(), Suspension.objects.count()) == (1, 1)


@pytest.mark.parametrize("name", ["recipient", "delivery_id"])
def test_a_bounce_by_recipient_or_delivery(
    client: Client, key: str, row: Delivery, name: str
) -> None:
    named = {"recipient": "Ada@example.org", "delivery_id": row.pk}[name]

    assert report(client, key, {name: named, "status": "5.1.1"}).json()["result"] == "recorded"


def test_a_notification_as_it_came(client: Client, key: str, row: Delivery) -> None:
    raw = notification(return_path(delivery_token(row)))

    assert report(client, key, raw, "message/rfc822").json()["kind"] == "hard"
    assert report(client, key, raw, "message/rfc822").json()["result"] == "known"


def test_a_notification_to_another_mailbox_is_known_by_the_returned_mail(
    client: Client, key: str, row: Delivery
) -> None:
    raw = notification("postmaster@example.com", token=delivery_token(row))

    assert report(client, key, raw, "message/rfc822; charset=utf-8").json()["suspended"]


def test_a_delay_changes_nothing(client: Client, key: str, row: Delivery) -> None:
    raw = notification(return_path(delivery_token(row)), action="delayed", status="4.4.1")

    assert report(client, key, raw, "message/rfc822").json()["result"] == "ignored"
    assert not Bounce.objects.exists()


def test_forged_and_expired_reports_are_refused(client: Client, key: str, row: Delivery) -> None:
    token = delivery_token(row)
    forged = return_path(token[:-1] + ("0" if token[-1] != "0" else "1"))
    for raw in (notification(forged), notification("ada@example.org"), b"hello", b""):
        assert report(client, key, raw, "message/rfc822").status_code == 400
    assert report(client, key, {"return_path": forged, "status": "5.1.1"}).status_code == 400
    Delivery.objects.update(created_at=datetime.now(UTC) - timedelta(days=15))
    row.refresh_from_db()
    late = report(client, key, {"return_path": delivery_token(row), "status": "5.1.1"})
    assert late.status_code == 400
    assert "expired" in late.json()["errors"][0]["message"]
    assert not Bounce.objects.exists()
    assert not Suspension.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "5.1.1"}, "return_path"),
        ({"recipient": "a@example.org", "delivery_id": 1, "status": "5.1.1"}, "recipient"),
        ({"delivery_id": 1, "status": "hard"}, "status"),
        ({"delivery_id": 1}, "status"),
        ({"delivery_id": 0, "status": "5.1.1"}, "delivery_id"),
        ({"recipient": "nobody", "status": "5.1.1"}, ""),
        ({"delivery_id": 1, "status": "5.1.1", "other": 1}, "other"),
        ([], None),
        ("x", None),
    ],
)
def test_wrong_bodies_are_named(client: Client, key: str, body: Any, field: str | None) -> None:
    answer = report(client, key, body)

    assert answer.status_code == 400
    if field is not None:
        assert answer.json()["errors"][0]["field"] == field


def test_what_was_never_sent_is_not_found(client: Client, key: str) -> None:
    assert report(client, key, {"delivery_id": 99, "status": "5.1.1"}).status_code == 404
    stranger = {"recipient": "nobody@example.org", "status": "5.1.1"}
    assert report(client, key, stranger).status_code == 404


def test_it_needs_its_scope(client: Client) -> None:
    key = tokens.create(name="other", scopes=["subscribers:write", "manage"])

    assert report(client, key, {"delivery_id": 1, "status": "5.1.1"}).status_code == 403
    assert client.post(URL, {}, content_type="application/json").status_code == 401


def test_the_subscriber_says_it_and_an_operator_lifts_it(
    client: Client, key: str, row: Delivery, ada: Subscriber
) -> None:
    report(client, key, {"delivery_id": row.pk, "status": "5.1.1", "diagnostic": "unknown"})
    ops = tokens.create(name="ops", scopes=["subscribers:read", "subscribers:write"])
    headers = {"Authorization": f"Bearer {ops}"}
    url = f"/api/v1/status/subscribers/{ada.pk}"

    told = client.get(url, headers=headers).json()
    assert (told["suspended"], told["suspension_reason"]) == (True, "5.1.1 hard bounce")
    assert told["bounces"][0]["diagnostic"] == "unknown"
    listed = client.get("/api/v1/deliveries?state=bounced", headers=headers).json()["deliveries"]
    assert listed[0]["reason"] == "5.1.1 hard bounce"

    assert client.delete(f"{url}/suspension", headers=headers).status_code == 204
    assert client.get(url, headers=headers).json()["suspended"] is False
