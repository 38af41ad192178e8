"""F-O1: an address that this machine cannot read is this sender's trouble, not the recipient's."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from components import secrets
from components.secrets.keys import Keys, new_key
from subscribers import services
from subscribers.delivery import outbox, unreadable, worker
from subscribers.delivery.fanout import create_notice
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.message import Facts
from subscribers.models import Delivery, Subscriber
from tests import build
from tests.mailserver import Script

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
Send = Callable[..., int]
OURS, THEIRS = new_key(), new_key()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "data_dir", tmp_path)
    unreadable.reset()


def with_keys(*keys: str) -> None:
    secrets.write_keys(Keys(keys))


def news(*, theirs: int, ours: int = 0) -> None:
    """A message to addresses that were sealed on another machine, then to some of our own."""
    with_keys(THEIRS)
    for number in range(theirs):
        build.subscriber(f"theirs{number}@example.org")
    with_keys(OURS)
    for number in range(ours):
        build.subscriber(f"ours{number}@example.org")
    facts = Facts(
        event="incident.created", headline="Down", at="2026-01-01T00:00:00Z", url="http://x/"
    )
    create_notice(
        key="journal-1", facts=facts, audience=Audience(Kind.INCIDENTS), at=datetime.now(UTC)
    )


def test_f_o1_what_cannot_be_read_here_is_left_as_it_was_and_hides_nothing(
    mails: Script, send: Send, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "BATCH", 2)
    news(theirs=5, ours=1)

    assert send() == 1

    rows = Delivery.objects.filter(due__isnull=False)
    assert set(rows.values_list("state", "attempts", "faults", "lease")) == {("queued", 0, 0, "")}
    assert rows.count() == unreadable.waiting().count() == 5
    assert not outbox.has_due(now=time.time()), "no sender is woken here for what it cannot read"
    assert caplog.text.count("left to other machines") == 1


def test_f_o1_a_machine_with_the_key_sends_it_at_once(mails: Script, send: Send) -> None:
    news(theirs=2)
    send()

    with_keys(THEIRS)
    elsewhere = send()

    assert elsewhere == 2
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_f_o1_two_machines_without_the_key_do_not_pass_it_to_and_fro(
    mails: Script, send: Send
) -> None:
    news(theirs=1)
    rings = [OURS, new_key()]
    for key in rings:
        with_keys(key)
        send()
    for key in rings:
        with_keys(key)
        assert not outbox.has_due(now=time.time())

    with_keys(OURS, THEIRS)
    assert send() == 1, "the key was put back"


def test_f_o1_a_form_is_left_to_who_can_open_it() -> None:
    with_keys(THEIRS)
    now = datetime.now(UTC)
    asked = {
        "channel": "email", "address": "ann@example.org", "incident_id": 0, "components": [],
        "groups": [], "kinds": ["incidents"], "min_severity": "minor",
    }  # fmt: skip
    services.receive_signup(asked, network="n", now=now)
    with_keys(OURS)

    services.process_signups(now=now)
    looked_again = services.process_signups(now=now)
    here = Subscriber.objects.count()
    with_keys(THEIRS)
    services.process_signups(now=now)

    assert (looked_again, here) == (0, 0)
    assert Subscriber.objects.count() == 1
