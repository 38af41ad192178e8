"""Bounces by a provider's webhooks, through Anymail's own views and signal (F-M9)."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import clear_url_caches, include, path

from statuspage.automation import provider_bounces
from statuspage.config.mail_providers import settings_of
from subscribers.delivery.bounces.addresses import delivery_token
from subscribers.delivery.fanout import create_notice, fan_out
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.models import Bounce, Delivery, Subscriber, Suspension
from tests import build
from tests.subscribers.news import INCIDENT

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
SECRET = "postmark:a-long-enough-password"
URL = "/anymail/postmark/tracking/"


@pytest.fixture(autouse=True)
def _webhooks(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    from anymail.signals import tracking  # noqa: PLC0415  (an extra)

    from statuspage import urls  # noqa: PLC0415  (beside the extra)

    made = settings_of("anymail+postmark://?server_token=x", webhook_secret=SECRET)
    settings.ANYMAIL = made["ANYMAIL"]
    routes = [*urls.urlpatterns, path("anymail/", include("anymail.urls"))]
    monkeypatch.setattr(urls, "urlpatterns", routes)
    clear_url_caches()
    provider_bounces.connect()
    yield
    tracking.disconnect(dispatch_uid="statuspage.bounces")
    monkeypatch.undo()
    clear_url_caches()


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


def post(client: Client, event: dict[str, Any], *, secret: str = SECRET) -> int:
    basic = base64.b64encode(secret.encode()).decode()
    answer = client.post(
        URL, json.dumps(event), content_type="application/json",
        headers={"Authorization": f"Basic {basic}"},
    )  # fmt: skip
    return answer.status_code


def bounce(token: str = "", **more: Any) -> dict[str, Any]:
    return {
        "RecordType": "Bounce", "ID": 42, "Type": "HardBounce", "TypeCode": 1,
        "Email": "ada@example.org", "BouncedAt": "2026-11-21T14:02:08Z", "MessageID": "883953f4",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
        "Description": "The server was unable to deliver your message", "Tag": "",
        "Metadata": {"delivery": token} if token else {}, **more,
    }  # fmt: skip


def test_a_bounce_with_our_token_suspends_and_again_changes_nothing(
    client: Client, row: Delivery
) -> None:
    event = bounce(delivery_token(row))

    assert (post(client, event), post(client, event)) == (200, 200)

    assert Bounce.objects.get().status == "5.1.1"
    assert Suspension.objects.count() == 1
    row.refresh_from_db()
    assert row.state == "bounced"


def test_without_a_token_the_recipient_is_believed_of_who_signed_in(
    client: Client, row: Delivery
) -> None:
    assert post(client, bounce()) == 200
    assert Suspension.objects.count() == 1


def test_a_forged_token_or_nobody_we_know_is_left_out(client: Client, row: Delivery) -> None:
    forged = delivery_token(row)[:-4] + "0000"
    assert post(client, bounce(forged)) == 200
    assert post(client, bounce(Email="nobody@example.org")) == 200
    assert not Suspension.objects.exists()


def test_who_does_not_know_the_secret_is_refused(client: Client, row: Delivery) -> None:
    assert post(client, bounce(delivery_token(row)), secret="postmark:guess") == 400
    assert client.post(URL, bounce(), content_type="application/json").status_code == 400
    assert not Bounce.objects.exists()


def test_a_passing_trouble_is_no_bounce_and_spam_is_the_end(
    client: Client, row: Delivery, ada: Subscriber
) -> None:
    post(client, bounce(delivery_token(row), Type="Transient"))
    assert not Bounce.objects.exists()

    complaint = bounce(delivery_token(row), RecordType="SpamComplaint", Type="SpamComplaint")
    assert post(client, complaint) == 200
    ada.refresh_from_db()
    assert ada.unsubscribed_at is not None


def test_the_webhooks_are_closed_without_the_setting() -> None:
    assert not settings.STATUSPAGE.mail_webhook_secret
