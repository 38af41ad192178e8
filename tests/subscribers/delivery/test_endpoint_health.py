"""Webhooks by way of the sender: fairness, suspension, the end by 410, rotation, poison."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from standardwebhooks.webhooks import Webhook

from components.models import JournalEntry
from subscribers.channels.registry import make
from subscribers.delivery import endpoint_health, worker
from subscribers.delivery.fanout import create_notice
from subscribers.delivery.matching import Audience
from subscribers.delivery.worker import Shift
from subscribers.enums import Kind
from subscribers.message import Facts
from subscribers.models import Delivery, Endpoint, Notice, Subscriber, Suspension
from tests import build
from tests.servers import Mute, Target
from tests.subscribers.news import INCIDENT
from tests.waiting import FOR_EVER, PATIENCE, ending

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


class Everywhere(Target):
    """Answers on all of 127.0.0.0/8, so that each address is a host of its own."""

    address = "0.0.0.0"


class MuteEverywhere(Mute):
    address = "0.0.0.0"


@pytest.fixture(autouse=True)
def _loopback_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "hook_networks", ("127.0.0.0/8",))


@pytest.fixture
def target() -> Iterator[Everywhere]:
    with Everywhere() as target:
        yield target


def hook(port: int, number: int = 1, path: str = "/ok", **fields: str) -> Subscriber:
    address = f"http://127.0.{number // 250}.{number % 250 + 1}:{port}{path}"
    return build.subscriber(address, channel="webhook", **fields)


def news(number: int = 1, facts: Facts = INCIDENT) -> Notice:
    audience = Audience(Kind.INCIDENTS)
    return create_notice(
        key=f"journal-{number}", facts=facts, audience=audience, at=datetime.now(UTC)
    )


def send(*, until: Callable[[], bool]) -> None:
    """Run senders' shifts until something is so."""
    finished = False

    def stopping() -> bool:
        nonlocal finished
        finished = finished or until()
        return finished

    with ending("the senders' shifts"):
        while not finished:
            Shift(make, stopping=stopping).run(seconds=PATIENCE, on_progress=lambda: None)


def states() -> list[str]:
    return sorted(Delivery.objects.values_list("state", flat=True))


def test_hosts_that_hang_delay_nobody(target: Everywhere, monkeypatch: pytest.MonkeyPatch) -> None:
    """Contract L: one slow or dead endpoint never delays others. 5 of 60 hang."""
    monkeypatch.setattr(worker, "SEND_SECONDS", FOR_EVER)
    with MuteEverywhere() as mute:
        for number in range(60):
            hook(mute.port if number % 12 == 0 else target.port, number)
        news()

        send(until=lambda: states().count("sent") == 55)

        assert states() == ["sending"] * 5 + ["sent"] * 55
    assert len({request.headers["webhook-id"] for request in target.requests}) == 55


def test_each_endpoint_has_its_own_secret_and_its_own_format(target: Everywhere) -> None:
    first, second = hook(target.port, 1), hook(target.port, 2, format="text")
    news()

    send(until=lambda: states() == ["sent", "sent"])

    by_format = {"type" in json.loads(each.body): each for each in target.requests}
    for row, request in ((first, by_format[True]), (second, by_format[False])):
        secret = Endpoint.objects.get(subscriber=row).secret.reveal()
        assert Webhook(secret).verify(request.body, request.headers)


def test_during_a_rotation_both_secrets_sign_and_then_only_the_new_one() -> None:
    now = datetime.now(UTC)
    row = hook(9)
    [former] = endpoint_health.signing_secrets(row, now=now)

    new = endpoint_health.rotate(row, now=now)

    assert endpoint_health.signing_secrets(row, now=now + timedelta(hours=1)) == (new, former)
    assert endpoint_health.signing_secrets(row, now=now + timedelta(days=2)) == (new,)


def test_410_ends_the_subscription(target: Everywhere) -> None:
    row = hook(target.port, path="/status/410")
    news()

    send(until=lambda: states() == ["failed"])

    row.refresh_from_db()
    assert row.unsubscribed_at is not None
    assert JournalEntry.objects.get(kind="endpoint.gone").data == {"subscriber_id": row.pk}


def test_a_day_of_failures_suspends_the_endpoint_and_its_owner_is_told(target: Everywhere) -> None:
    owner = build.subscriber("owner@example.org", kinds=[])
    row = hook(target.port, path="/status/500")
    Endpoint.objects.filter(pk=endpoint_health.endpoint_of(row).pk).update(owner=owner)
    news()
    send(until=lambda: states() == ["retrying"])
    a_day_ago = datetime.now(UTC) - timedelta(days=1)
    Delivery.objects.update(created_at=a_day_ago, due=0)

    send(until=lambda: Delivery.objects.filter(subscriber=row, state="failed").exists())

    assert Suspension.objects.get(subscriber=row, lifted_at=None).reason
    notice = Notice.objects.get(kind="service")
    assert notice.audience["only"] == owner.pk
    assert "127.0" in notice.facts["headline"]
    news(2)
    send(until=lambda: Notice.objects.filter(fanned_out_at=None).count() == 0)
    assert Delivery.objects.get(subscriber=row, notice__key="journal-2").state == "suppressed"


def test_an_endpoint_that_answered_meanwhile_is_not_suspended(target: Everywhere) -> None:
    row = hook(target.port)
    news()
    send(until=lambda: states() == ["sent"])
    good = Delivery.objects.get()
    bad = Delivery(subscriber=row, created_at=good.created_at - timedelta(hours=1))

    assert not endpoint_health.keeps_failing(bad, row, temporary=True)


def test_a_poisoned_row_is_set_aside_and_its_neighbours_are_sent(target: Everywhere) -> None:
    """R19."""
    hook(target.port, 1, format="no such format")
    hook(target.port, 2)
    news()

    send(until=lambda: states() == ["failed", "sent"])

    row = Delivery.objects.get(state="failed")
    assert row.faults >= 2
    assert "given up after 3 tries" in row.reason
    assert len(target.requests) == 1


def test_an_endpoint_is_asked_by_a_link_that_only_its_owner_can_read(target: Everywhere) -> None:
    row = hook(target.port, format="text", confirmed_at=None)  # type: ignore[arg-type]
    facts = Facts(event="subscriber.confirm", headline="Status", at="2026-11-21T14:02:08Z", url="")
    audience = Audience(Kind.SERVICE, only=row.pk)
    create_notice(key="confirm-1", facts=facts, audience=audience, at=datetime.now(UTC))

    send(until=lambda: states() == ["sent"])

    told = json.loads(target.requests[0].body)
    assert told["type"] == "subscriber.confirm"
    assert "/status/confirm/" in told["data"]["confirm_url"]
    Webhook(told["data"]["signing_secret"]).verify(
        target.requests[0].body, target.requests[0].headers
    )


def test_neither_the_address_nor_the_secret_is_stored_or_told_in_the_open(
    target: Everywhere, caplog: pytest.LogCaptureFixture
) -> None:
    """S10."""
    row = hook(target.port, path="/echo/canary-hook-path")
    news()

    send(until=lambda: states() == ["sent"])

    secret = endpoint_health.endpoint_of(row).secret.reveal()
    for model in (Delivery, Notice, JournalEntry, Subscriber, Endpoint):
        stored = repr(list(model._default_manager.values()))
        assert "canary" not in stored
        assert secret not in stored
    assert "canary" not in caplog.text
