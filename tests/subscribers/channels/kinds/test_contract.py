"""What every channel must hold: a new channel adds its row to `SUBJECTS`."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from subscribers.addresses import digest, lane, masked, normalise
from subscribers.channels import registry
from subscribers.channels.base import Message, Outcome, Recipient, SendStatus
from subscribers.channels.hooks import HookChannel
from subscribers.models import Subscriber
from tests import build
from tests.contracts.golden import golden
from tests.subscribers.news import CHANGE, INCIDENT, UNSUBSCRIBE, WINDOW

NEWS = {"incident": INCIDENT, "maintenance": WINDOW, "change": CHANGE}
LINKS = {"unsubscribe": UNSUBSCRIBE, "manage": UNSUBSCRIBE}


@dataclass(frozen=True)
class Subject:
    """Addresses of a channel, well-formed and otherwise."""

    address: str
    """Nothing answers there."""
    secret: str
    """What a mask must not show of it."""
    wrong: tuple[str, ...]


HOOK = Subject(
    address="http://127.0.0.1:9/T0/canary-token",
    secret="canary",
    wrong=("ftp://example.org/", "https://", "http://[::1", "javascript:alert(1)", "a" * 2001),
)
SUBJECTS = {
    "email": Subject("canary@example.org", "canary", ("nobody", "a@b@c.org", "a" * 250 + "@b.org")),
    "webhook": HOOK,
    "slack": HOOK,
    "discord": HOOK,
    "teams": HOOK,
    "mattermost": HOOK,
    "apprise": Subject("gotify://127.0.0.1:9/canary-token", "canary", ("a" * 2001,)),
}
NAMES = list(registry.channels())
HOOKS = [name for name in NAMES if isinstance(registry.channel(name), HookChannel)]


def test_every_channel_is_held_to_this_contract() -> None:
    assert set(SUBJECTS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_channel_has_a_name_that_can_be_stored_and_a_label(name: str) -> None:
    channel = registry.channel(name)

    assert channel.name == name
    assert len(name) <= (Subscriber._meta.get_field("channel").max_length or 0)
    assert (name, channel.label) in registry.channel_choices()


def test_each_channel_has_its_own_place_in_lists() -> None:
    assert len({each.position for each in registry.channels().values()}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_address_is_written_one_way_and_waits_in_one_lane(name: str) -> None:
    written = normalise(name, f" {SUBJECTS[name].address} ")

    assert normalise(name, written) == written
    assert digest(name, written) == digest(name, SUBJECTS[name].address)
    assert 0 < len(lane(name, written)) <= 255


@pytest.mark.parametrize("name", NAMES)
def test_an_address_of_one_channel_is_not_found_as_that_of_another(name: str) -> None:
    address = SUBJECTS[name].address

    assert len({digest(each, address) for each in NAMES}) == len(NAMES)


@pytest.mark.parametrize(("name", "wrong"), [(n, w) for n in NAMES for w in SUBJECTS[n].wrong])
def test_what_is_no_address_is_refused_in_words(name: str, wrong: str) -> None:
    with pytest.raises(ValidationError) as refused:
        normalise(name, wrong)

    assert refused.value.messages[0].endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_a_mask_keeps_the_secret_part(name: str) -> None:
    shown = masked(name, SUBJECTS[name].address)

    assert shown
    assert SUBJECTS[name].secret not in shown


@pytest.mark.filterwarnings("ignore:.imghdr. is deprecated")  # Apprise, for old Pythons
@pytest.mark.parametrize("staff", ["", registry.STAFF])
@pytest.mark.parametrize("name", NAMES)
def test_what_does_not_arrive_is_an_outcome_that_names_no_address(
    name: str, staff: str, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    sender = registry.make(f"{staff}{name}")
    recipient = Recipient(SUBJECTS[name].address, links=LINKS)
    message = Message("journal-1.1@status.example.org", "incident-1", INCIDENT, "journal-1")

    outcome: Outcome = sender.send(message, recipient, deadline=time.monotonic() + 3)
    sender.close()
    sender.close()

    assert outcome.status is not SendStatus.SENT
    assert outcome.text
    assert SUBJECTS[name].secret not in outcome.text


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_only_channels_for_people_are_offered_to_them(client: Client, name: str) -> None:
    channel = registry.channel(name)
    field = "endpoint" if channel.is_endpoint else "email"
    said = {"channel": name, field: SUBJECTS[name].address}

    answer = client.post("/status/subscribe", json.dumps(said), content_type="application/json")
    page = client.get("/status/subscribe").content.decode()

    assert answer.status_code == (400 if channel.staff_only else 202)
    assert (f'value="{name}"' in page) == (channel.is_endpoint and not channel.staff_only)


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_whoever_is_told_can_be_exported_and_erased(name: str) -> None:
    address = SUBJECTS[name].address
    build.subscriber(address, channel=name, confirmed_at=datetime.now(UTC))
    out = StringIO()

    call_command("subscriber", "export", address, stdout=out)
    call_command("subscriber", "erase", address, stdout=StringIO())

    (told,) = json.loads(out.getvalue())
    assert (told["channel"], told["address"]) == (name, address)
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize("news", NEWS)
@pytest.mark.parametrize("name", HOOKS)
def test_what_a_hook_posts_is_as_it_was_agreed(name: str, news: str) -> None:
    """Contract L, Webhooks: native, Slack, Discord, Teams."""
    channel = registry.channel(name)
    assert isinstance(channel, HookChannel)

    told = channel.body(NEWS[news], unsubscribe_url=UNSUBSCRIBE)

    shape = channel.formats[0] if channel.formats else name
    assert told == golden(f"hook-{shape}-{news}.json", told)
