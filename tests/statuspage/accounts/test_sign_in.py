"""Signing in with a password, confirming it, devices, sessions, and the one-time way in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from time_machine import TimeMachineFixture

from statuspage.access.roles import OWNER
from statuspage.accounts import notices
from statuspage.models import ApiToken
from subscribers.delivery.ledger import recipient
from subscribers.models import Delivery
from tests.mailserver import Script
from tests.ports import free_ports
from tests.statuspage.accounts.people import (
    ELSEWHERE,
    HERE,
    PASSWORD,
    code,
    is_in,
    journalled,
    person,
    phone_of,
    sign_in,
)

pytestmark = [pytest.mark.django_db(transaction=True)]
TOKENS = "/admin/statuspage/apitoken/add/"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Who is sent which mail."""
    sent: list[tuple[str, str]] = []

    def tell(people: Any, *, event: str, headline: str, text: str) -> None:
        sent.extend((each.username, headline) for each in people)

    monkeypatch.setattr(notices, "tell", tell)
    return sent


def test_signing_in_is_journalled_with_how_and_from_where() -> None:
    person()
    client = Client(REMOTE_ADDR=HERE)

    assert sign_in(client)["Location"] == "/admin/"

    assert journalled("person.signed_in") == [
        {"username": "olga", "by": ["password"], "network": "198.51.100.0/24", "new_device": True}
    ]


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "javascript:1"])
def test_the_way_back_is_never_another_site(target: str) -> None:
    person()

    answer = Client().post(
        "/admin/login/", {"username": "olga", "password": PASSWORD, "next": target}
    )

    assert answer["Location"] == "/admin/"


def test_a_name_that_is_nobodys_is_not_journalled_for_people_type_passwords_there() -> None:
    for _ in range(11):
        sign_in(Client(REMOTE_ADDR=HERE), "hunter2", "x")

    assert journalled("person.refused")[0]["username"] == ""


def test_a_new_device_is_told_and_a_known_one_is_not(told: list[tuple[str, str]]) -> None:
    person()
    laptop, phone = Client(), Client()
    sign_in(laptop)
    assert told == []

    laptop.post("/admin/logout/")
    sign_in(laptop)
    assert told == []
    sign_in(phone)

    assert told == [("olga", "New sign-in to your account")]
    assert [each["new_device"] for each in journalled("person.signed_in")] == [True, False, True]
    cookie = phone.cookies["statuspage_device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/admin/")


def test_another_persons_device_is_new_and_a_forged_cookie_is_none(
    told: list[tuple[str, str]],
) -> None:
    person()
    person("anna")
    for name in ("olga", "anna"):
        sign_in(Client(), name)
    shared = Client()
    sign_in(shared)
    shared.post("/admin/logout/")
    sign_in(shared, "anna")
    forged = Client()
    forged.cookies["statuspage_device"] = "WzFd:1abc:xyz"
    sign_in(forged)

    assert [name for name, _ in told] == ["olga", "anna", "olga"]


def test_a_mail_about_a_new_device_says_what_and_carries_no_strangers_links(
    mails: Script, send: Callable[..., int]
) -> None:
    user = person()
    sign_in(Client())
    agent = "[Click](https://evil.example) <b>Browser</b>"
    sign_in(Client(REMOTE_ADDR=ELSEWHERE, HTTP_USER_AGENT=agent))

    send()

    mail = mails.mails[0]
    assert user.email in str(mail.recipients)
    text = str(mail.message.get_body(("plain",)))
    assert ELSEWHERE in text
    assert "](" not in text
    assert "https://evil" not in text


def test_s15_mail_about_an_account_waits_for_a_mail_server_that_is_away(
    mails: Script, send: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    user = person()
    sign_in(Client())
    sign_in(Client(REMOTE_ADDR=ELSEWHERE))
    monkeypatch.setattr(settings, "EMAIL_PORT", free_ports(1)[0])
    send()
    [row] = Delivery.objects.all()
    assert (row.state, mails.mails) == ("retrying", [])
    assert recipient(row, openly=False) == "account: o…@example.org"
    assert user.email not in str(row.address)
    monkeypatch.undo()
    # Who got in may have changed it: the mail goes where the person was when it happened.
    User.objects.update(email="thief@example.net")

    Delivery.objects.update(due=0)
    send()

    assert [mail.recipients for mail in mails.mails] == [[user.email]]


def test_password_sign_in_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    person()
    monkeypatch.setattr(settings.STATUSPAGE, "password_login", False)
    client = Client()

    page = client.get("/admin/login/").content.decode()
    assert 'name="password"' not in page
    assert "passkey" in page
    sign_in(client)
    assert not is_in(client)


def confirmed(client: Client, password: str = PASSWORD) -> Any:
    return client.post("/admin/account/confirm/", {"password": password, "next": TOKENS})


def test_five_minutes_after_signing_in_tokens_people_and_exports_ask_again(
    time_machine: TimeMachineFixture,
) -> None:
    person("root", is_superuser=True)
    client = Client()
    sign_in(client, "root")
    pages = (TOKENS, "/admin/auth/user/add/", "/admin/subscribers/subscriber/export")
    assert [client.get(page).status_code for page in pages] == [200] * 3

    time_machine.move_to(datetime.now(UTC) + timedelta(seconds=301))

    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/account/confirm/?next=")
    form = {"name": "ci", "scopes": ["status:read"]}
    assert client.post(TOKENS, form).status_code == 302
    assert not ApiToken.objects.exists()
    assert client.get("/admin/auth/user/").status_code == 200
    assert client.post("/admin/auth/user/", {"action": "end_sessions"}).status_code == 302
    new_key = {"action": "new_ping_address", "_selected_action": "1"}
    asked = client.post("/admin/monitors/monitor/", new_key)
    assert asked["Location"].startswith("/admin/account/confirm/")
    assert confirmed(client)["Location"] == TOKENS
    assert client.post(TOKENS, form).status_code == 302
    assert ApiToken.objects.exists()


def test_confirming_is_counted_like_signing_in_s11(time_machine: TimeMachineFixture) -> None:
    person()
    client = Client(REMOTE_ADDR=HERE)
    sign_in(client)
    time_machine.move_to(datetime.now(UTC) + timedelta(seconds=301))

    tries = [confirmed(client, "wrong").status_code for _ in range(11)]

    assert tries == [200] * 10 + [429]


def test_ones_own_factors_ask_again_and_may_be_confirmed_by_a_code(
    time_machine: TimeMachineFixture,
) -> None:
    phone_of(person())
    client = Client()
    sign_in(client)
    client.post("/admin/login/code/", {"code": code()})
    time_machine.move_to(datetime.now(UTC) + timedelta(seconds=301))

    asked = client.get("/admin/account/app/remove/")

    assert asked["Location"].startswith("/admin/account/confirm/")
    sent = {"code": code(), "next": "/admin/account/app/remove/"}
    assert client.post("/admin/account/confirm/code/", sent)["Location"] == sent["next"]
    assert client.post("/admin/account/app/remove/").status_code == 302
    assert is_in(client)


@pytest.mark.both
def test_sessions_are_listed_and_ended_one_by_one_or_all_at_once() -> None:
    person()
    stranger = Client()
    person("anna")
    sign_in(stranger, "anna")
    clients = [Client(HTTP_USER_AGENT=f"Browser {n}") for n in range(3)]
    for client in clients:
        sign_in(client)
    here, other, third = clients
    page = here.get("/admin/account/").content.decode()
    assert all(f"Browser {n}" in page for n in range(3))
    theirs = UserSession.objects.get(user__username="anna")
    row = UserSession.objects.get(session_key=other.session.session_key)

    here.post("/admin/account/sessions/end/", {"session": theirs.pk})
    here.post("/admin/account/sessions/end/", {"session": row.pk})
    assert [is_in(each) for each in (here, other, third, stranger)] == [True, False, True, True]

    here.post("/admin/account/sessions/end/")
    assert [is_in(each) for each in (here, third, stranger)] == [True, False, True]
    assert [each["count"] for each in journalled("person.sessions_ended")] == [1, 1]


def test_an_owner_ends_sessions_and_removes_factors_but_not_a_superusers() -> None:
    person("owner", OWNER)
    root = person("root", is_superuser=True)
    olga = person()
    out, theirs = Client(), Client()
    sign_in(out)
    phone_of(olga)
    sign_in(theirs, "root")
    signed_in = Client()
    sign_in(signed_in, "owner")

    for action in ("end_sessions", "reset_sign_in"):
        chosen = {"action": action, "_selected_action": [root.pk, olga.pk]}
        assert signed_in.post("/admin/auth/user/", chosen).status_code == 302

    assert not is_in(out)
    assert is_in(theirs)
    assert sign_in(Client())["Location"] == "/admin/"
    assert journalled("person.sign_in_changed")[-1]["username"] == "olga"


def test_the_log_in_page_sets_no_session_and_keeps_its_policy() -> None:
    answer = Client().get("/admin/login/")

    assert "statuspage_session" not in answer.cookies
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self'" in policy


def test_the_old_password_cannot_be_found_out_in_a_session_that_was_taken_over_s11() -> None:
    person("olga")
    client = Client(REMOTE_ADDR=HERE)
    sign_in(client)
    new = {"new_password1": "another long one", "new_password2": "another long one"}

    def change(old: str) -> int:
        form = {"old_password": old, **new}
        return client.post("/admin/password_change/", form).status_code

    tries = [change(f"guess {number}") for number in range(11)]

    assert tries == [200] * 10 + [429]
    assert change(PASSWORD) == 429
