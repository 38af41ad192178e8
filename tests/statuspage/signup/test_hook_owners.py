"""What the owner of a webhook sees and does by link: the secret, its rotation, who is told."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from subscribers.delivery import endpoint_health
from subscribers.models import Notice, Subscriber, Suspension
from subscribers.tokens import Purpose, token
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def hook() -> Subscriber:
    return build.subscriber("https://hooks.example.com/canary-path", channel="webhook")


def page_of(row: Subscriber) -> str:
    return f"/status/manage/{token(row, Purpose.MANAGE)}"


def test_the_owner_sees_the_secret_and_replaces_it(client: Client, hook: Subscriber) -> None:
    former = endpoint_health.endpoint_of(hook).secret.reveal()
    assert former in client.get(page_of(hook)).content.decode()

    shown = client.post(page_of(hook), {"act": "rotate"}).content.decode()

    fresh = Subscriber.objects.get(pk=hook.pk)
    assert endpoint_health.signing_secrets(fresh, now=datetime.now(UTC))[1] == former
    assert fresh.endpoint.secret.reveal() in shown
    assert former not in shown
    assert "canary-path" not in shown


def test_looking_rotates_nothing_s9(client: Client, hook: Subscriber) -> None:
    former = endpoint_health.endpoint_of(hook).secret.reveal()

    client.get(page_of(hook) + "?act=rotate")
    client.head(page_of(hook))

    assert Subscriber.objects.get(pk=hook.pk).endpoint.secret.reveal() == former


def test_an_address_is_asked_before_it_is_told_of_a_suspension(
    client: Client, hook: Subscriber
) -> None:
    client.post(page_of(hook), {"act": "owner", "owner": "Ops@example.org"})
    owner = endpoint_health.owner_of(hook)
    assert owner is not None
    assert (owner.is_active, owner.kinds) == (False, [])
    endpoint_health.suspend(hook, "status 500", now=datetime.now(UTC))
    assert [each.key.partition("-")[0] for each in Notice.objects.all()] == ["confirm"]
    endpoint_health.lift_suspensions(hook, now=datetime.now(UTC))

    Subscriber.objects.filter(pk=owner.pk).update(confirmed_at=datetime.now(UTC))
    endpoint_health.suspend(hook, "status 500", now=datetime.now(UTC))

    told = Notice.objects.get(key__startswith="suspension-")
    assert told.audience["only"] == owner.pk


def test_naming_an_address_often_asks_it_once_an_hour_s8(client: Client, hook: Subscriber) -> None:
    answers = {
        client.post(page_of(hook), {"act": "owner", "owner": "ops@example.org"}).content
        for _ in range(5)
    }

    assert len(answers) == 1
    assert Notice.objects.filter(key__startswith="confirm-").count() == 1
    refused = client.post(page_of(hook), {"act": "owner", "owner": "nonsense"})
    assert refused.status_code == 400


def test_a_suspension_is_shown_to_the_owner_who_may_end_it(
    client: Client, hook: Subscriber
) -> None:
    endpoint_health.suspend(hook, "status 500", now=datetime.now(UTC))
    assert "kept failing: status 500" in client.get(page_of(hook)).content.decode()

    client.post(page_of(hook), {"act": "lift"})

    assert not Suspension.objects.filter(lifted_at=None).exists()


def test_a_mail_address_has_nothing_of_that(client: Client) -> None:
    person = build.subscriber("ada@example.org")

    shown = client.get(page_of(person)).content.decode()
    client.post(page_of(person), {"act": "rotate"})

    assert "Your endpoint" not in shown
    assert not hasattr(Subscriber.objects.get(pk=person.pk), "endpoint")


def test_the_form_offers_hooks_and_feeds(client: Client) -> None:
    shown = client.get("/status/subscribe").content.decode()

    for word in ('value="slack"', 'value="webhook"', "statuspage", "/status/feed.atom", ".ics"):
        assert word in shown
    assert 'value="apprise"' not in shown
