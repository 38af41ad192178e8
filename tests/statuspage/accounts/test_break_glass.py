"""The one-time way in that is made on the machine, and whom it tells."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from time_machine import TimeMachineFixture

from statuspage.access.roles import OWNER, VIEWER
from statuspage.management.commands import breakglass
from statuspage.runtime import progress
from statuspage.staff_models import BreakGlass
from subscribers.delivery import notice_shift
from subscribers.models import Delivery
from tests.mailserver import Script
from tests.statuspage.accounts.people import HERE, is_in, journalled, person, phone_of

pytestmark = [pytest.mark.django_db(transaction=True)]


def made(name: str = "olga") -> str:
    out = StringIO()
    call_command("breakglass", name, stdout=out, stderr=StringIO())
    return "/" + out.getvalue().split()[0].split("/", 3)[3]


@pytest.mark.both
def test_break_glass_lets_in_once_past_password_and_code(monkeypatch: pytest.MonkeyPatch) -> None:
    phone_of(person())
    monkeypatch.setattr(settings.STATUSPAGE, "password_login", False)
    way = made()
    client, second = Client(), Client()

    assert client.get(way).status_code == 200
    assert not is_in(client)
    assert client.post(way)["Location"] == "/admin/account/"

    assert is_in(client)
    assert client.get("/admin/account/app/remove/").status_code == 200
    assert second.post(way).status_code == 403
    assert not is_in(second)
    entries = journalled("person.break_glass_made") + journalled("person.signed_in")
    assert entries[0]["username"] == "olga"
    assert entries[1]["by"] == ["break glass"]
    assert way.split("/")[-2] not in str(entries)


def test_break_glass_ends_after_a_quarter_of_an_hour_and_with_the_next_one(
    time_machine: TimeMachineFixture,
) -> None:
    person()
    first, second = made(), made()
    assert Client().post(first).status_code == 403
    time_machine.move_to(datetime.now(UTC) + timedelta(minutes=16))

    assert Client().post(second).status_code == 403
    assert not BreakGlass.objects.exists()


def test_guessing_break_glass_is_counted_s11() -> None:
    tries = [
        Client(REMOTE_ADDR=HERE).post("/admin/login/break-glass/guess/").status_code
        for _ in range(11)
    ]

    assert tries == [403] * 10 + [429]


def test_break_glass_is_told_to_all_owners_once_though_no_worker_runs(
    mails: Script, send: Callable[..., int]
) -> None:
    for name, roles in (("owner", [OWNER]), ("second", [OWNER]), ("viewer", [VIEWER])):
        person(name, *roles)
    out = StringIO()

    call_command("breakglass", "viewer", stdout=out, stderr=StringIO())

    assert out.getvalue().splitlines()[-2:] == [
        "No worker sends mail at the moment: telling the owners from here …",
        "2 owners told by mail.",
    ]
    assert send() == 0
    recipients = [address for mail in mails.mails for address in mail.recipients]
    assert sorted(recipients) == ["owner@example.org", "second@example.org"]


def test_break_glass_leaves_its_mail_to_a_worker_that_is_at_work(
    mails: Script, send: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    person("owner", OWNER)
    progress.mark("notify")
    out = StringIO()
    monkeypatch.setattr(notice_shift, "wait_until_taken", lambda *_, **__: send() == 1)

    call_command("breakglass", "owner", stdout=out, stderr=StringIO())

    assert out.getvalue().splitlines()[-2:] == [
        "Valid once, for 15 minutes.",
        "1 owner told by mail.",
    ]
    assert [mail.recipients for mail in mails.mails] == [["owner@example.org"]]


def test_break_glass_says_so_when_the_mail_cannot_be_sent(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    person("owner", OWNER)
    errors = StringIO()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = host, port
    monkeypatch.setattr(breakglass, "DIRECT_SECONDS", 0.5)

    call_command("breakglass", "owner", stdout=StringIO(), stderr=errors)

    assert "could not be sent yet" in errors.getvalue()
    assert Delivery.objects.get().due is not None


@pytest.mark.parametrize(("name", "why"), [("nobody", "no account"), ("gone", "switched off")])
def test_break_glass_says_whom_it_cannot_let_in(name: str, why: str) -> None:
    person("gone", is_active=False)

    with pytest.raises(CommandError, match=why):
        call_command("breakglass", name)
