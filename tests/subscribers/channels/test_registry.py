"""A channel is one module: found in the folder, it is offered, sent to, exported and erased."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from components.plugins import BrokenPluginError
from subscribers.addresses import masked
from subscribers.channels import kinds, registry
from subscribers.delivery.fanout import create_notice
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.import_export import import_subscribers
from subscribers.models import AlertChannel, Delivery, Subscriber
from subscribers.services import confirm, process_signups
from tests import build
from tests.subscribers.news import INCIDENT

NOTES = '''
"""Messages are written into a file, whose path is the address."""

from pathlib import Path

from subscribers.channels.base import AddressError, Channel, Outcome, SendStatus


class NotesChannel(Channel):
    name = "notes"
    label = "Notes"
    position = 25

    def normalise(self, address):
        if not address.startswith("/"):
            raise AddressError("Write a path.")
        return address

    def lane(self, address):
        return "notes"

    def masked(self, address):
        return "/…"

    def sender(self, *, staff):
        return NotesSender()


class NotesSender:
    def send(self, message, recipient, *, deadline):
        with Path(recipient.address).open("a") as notes:
            notes.write(f"{message.facts.event}: {message.facts.headline}\\n")
        return Outcome(SendStatus.SENT)

    def close(self):
        pass
'''


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that counts as part of the channels' own; what is in it is forgotten after."""
    folder = tmp_path / "kinds"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(folder)])
    registry.channels.cache_clear()
    yield folder
    for name in set(sys.modules) - before:
        if name.startswith(f"{kinds.__name__}."):
            del sys.modules[name]
    registry.channels.cache_clear()


@pytest.fixture
def notes(outside: Path, tmp_path: Path) -> Path:
    """A new channel, and an address of it."""
    (outside / "notes.py").write_text(NOTES, encoding="utf-8")
    return tmp_path / "notes.txt"


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_a_new_channel_is_one_module_and_everything_knows_it(
    notes: Path, client: Client, send: Callable[..., int]
) -> None:
    said = {"channel": "notes", "endpoint": str(notes)}
    offered = client.get("/status/subscribe").content.decode()
    answer = client.post("/status/subscribe", json.dumps(said), content_type="application/json")
    process_signups(now=datetime.now(UTC))
    send()
    confirm(Subscriber.objects.get(), now=datetime.now(UTC))
    create_notice(
        key="journal-1", facts=INCIDENT, audience=Audience(Kind.INCIDENTS), at=datetime.now(UTC)
    )
    send()
    out = StringIO()
    call_command("subscriber", "export", str(notes), stdout=out)
    call_command("subscriber", "erase", str(notes), stdout=StringIO())

    assert '<option value="notes">Notes</option>' in offered
    assert answer.status_code == 202
    assert notes.read_text().splitlines() == [
        "subscriber.confirm: Confirm your subscription",
        "incident.updated: Search is slow",
    ]
    (told,) = json.loads(out.getvalue())
    assert (told["channel"], told["address"]) == ("notes", str(notes))
    assert [each["state"] for each in told["deliveries"]] == ["sent", "sent"]
    assert not Subscriber.objects.exists()
    assert {each.subscriber_id for each in Delivery.objects.all()} == {None}


@pytest.mark.django_db
def test_a_new_channel_can_be_brought_in_and_be_one_of_alerts(notes: Path) -> None:
    rows = [{"channel": "notes", "address": str(notes), "confirmed": "yes"}]

    report = import_subscribers(rows, now=datetime.now(UTC))

    assert report.created == 1
    assert Subscriber.objects.get().get_channel_display() == "Notes"
    AlertChannel(name="Desk", channel="notes").clean_fields(exclude=["address"])


@pytest.mark.django_db
def test_a_channel_that_is_gone_leaves_rows_that_can_still_be_shown(
    notes: Path, outside: Path
) -> None:
    row = build.subscriber(str(notes), channel="notes")
    (outside / "notes.py").unlink()
    registry.channels.cache_clear()

    assert masked("notes", str(notes)) == "…"
    assert str(row) == "…"
    with pytest.raises(registry.UnknownChannelError, match="there are: email, webhook, slack"):
        registry.make("notes")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("", "has 0 channels"),
        (NOTES.replace('"notes"', '"slack"'), "the channel 'slack' exists already"),
    ],
)
def test_a_module_that_is_no_channel_is_named(outside: Path, code: str, told: str) -> None:
    (outside / "odd.py").write_text(code, encoding="utf-8")

    with pytest.raises(BrokenPluginError, match=told):
        registry.channels()
