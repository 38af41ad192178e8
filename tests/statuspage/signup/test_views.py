"""Signing up, confirming, choosing and leaving, as the public and its machines do it."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from components.models import JournalEntry
from components.values.severity import Severity
from incidents.services import open_incident
from statuspage.automation import notices
from statuspage.signup import views
from statuspage.signup.network import UNTOLD, signup_network
from subscribers.models import Delivery, SignUp, Subscriber
from subscribers.services import (
    MAX_PER_DOMAIN,
    MAX_PER_MAILBOX,
    MAX_PER_NETWORK,
    erase,
    export_personal_data,
    process_signups,
    rows_of,
)
from subscribers.tokens import Purpose, link, token
from tests import build
from tests.mailserver import Script

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
Send = Callable[..., int]
URL = "/status/subscribe"


def sign_up(client: Client, address: str = "ada@example.org", **more: Any) -> Any:
    said = {"email": address, **more}
    extra = {"REMOTE_ADDR": said.pop("from_address")} if "from_address" in said else {}
    return client.post(URL, json.dumps(said), content_type="application/json", **extra)


def look(**options: Any) -> None:
    process_signups(now=options.get("now") or datetime.now(UTC))


def rows() -> dict[str, Any]:
    """Every row of every table of ours, to see that nothing changed."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for label in ("subscribers", "components", "statuspage")
        for model in apps.get_app_config(label).get_models()
    }


def test_m29_the_answer_is_the_same_whatever_the_address(client: Client) -> None:
    build.subscriber("confirmed@example.org")
    build.subscriber("pending@example.org", confirmed_at=None)
    build.subscriber("left@example.org", unsubscribed_at=datetime.now(UTC))

    answers = [
        sign_up(client, address)
        for address in ("new@example.org", "confirmed@example.org", "pending@example.org",
                        "left@example.org")
    ]  # fmt: skip

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert all(not answer.cookies for answer in answers)


def test_s8_the_same_is_done_before_the_answer_whatever_the_address(
    client: Client, django_assert_num_queries: Any
) -> None:
    build.subscriber("confirmed@example.org")
    sign_up(client)
    counts = []
    for address in ("new@example.org", "confirmed@example.org", "CONFIRMED@example.org"):
        with django_assert_num_queries(8) as seen:
            sign_up(client, address)
        counts.append([query["sql"].split(" ")[0] for query in seen.captured_queries])

    assert counts[0] == counts[1] == counts[2]


def test_double_opt_in_from_form_to_first_mail(client: Client, mails: Script, send: Send) -> None:
    answer = client.post(URL, {"email": "ada@example.org"}, headers={"Accept": "text/html"})
    assert answer.status_code == 202
    assert b"Check your inbox" in answer.content
    look()
    send()

    (mail,) = mails.mails
    assert mail.recipients == ["ada@example.org"]
    url = re.search(r"https://status.example.com(/status/confirm/\S+)", str(mail.message))
    plain = next(mail.message.iter_parts()).get_content()
    url = re.search(r"https://status.example.com(/status/confirm/\S+)", plain)
    assert url is not None
    before = rows()
    assert b">Confirm</button>" in client.get(url[1]).content
    assert rows() == before

    client.post(url[1])

    row = Subscriber.objects.get()
    assert row.is_active
    assert row.scope == "all"
    assert JournalEntry.objects.filter(kind="subscriber.confirmed").count() == 1
    client.post(url[1])
    assert JournalEntry.objects.filter(kind="subscriber.confirmed").count() == 1


def test_s8_an_address_gets_one_mail_an_hour_however_often_it_is_entered(
    client: Client, mails: Script, send: Send
) -> None:
    now = datetime.now(UTC)
    for number in range(10):
        sign_up(client, "Ada@example.org" if number % 2 else "ada@EXAMPLE.org")
    look()
    send()
    assert len(mails.mails) == 1

    sign_up(client)
    look(now=now + timedelta(minutes=50))
    send()
    assert len(mails.mails) == 1

    sign_up(client)
    look(now=now + timedelta(minutes=70))
    send()
    assert len(mails.mails) == 2


def test_s8_one_network_cannot_bomb_and_made_up_headers_do_not_help(
    client: Client, settings: Any
) -> None:
    for number in range(MAX_PER_NETWORK + 15):
        answer = client.post(
            URL, {"email": f"victim{number}@example.org"}, REMOTE_ADDR=f"8.8.8.{number}",
            headers={"X-Forwarded-For": f"1.2.{number}.4"},
        )  # fmt: skip
        assert answer.status_code == 202

    assert SignUp.objects.exclude(asked="").count() == MAX_PER_NETWORK
    look()
    assert Subscriber.objects.count() == MAX_PER_NETWORK


def test_behind_a_proxy_that_no_setting_names_all_share_one_limit_s17(
    client: Client, rf: Any
) -> None:
    for peer in ("127.0.0.1", "::1", "172.17.0.1", "10.1.2.3", "100.64.0.1", ""):
        assert signup_network(rf.get("/", REMOTE_ADDR=peer)) == UNTOLD
    for number in range(MAX_PER_NETWORK + 15):
        sign_up(client, f"victim{number}@host{number}.example", from_address=f"10.0.{number}.1")

    assert SignUp.objects.exclude(asked="").count() == MAX_PER_NETWORK


def test_one_mail_domain_has_a_limit_and_a_flood_keeps_out_no_other_network_s17(
    client: Client,
) -> None:
    for number in range(MAX_PER_DOMAIN + 10):
        sign_up(client, f"v{number}@Victim.example", from_address=f"8.8.{number}.1")
    assert SignUp.objects.exclude(asked="").count() == MAX_PER_DOMAIN

    # What was refused is counted nowhere: the flooder's own network is still free elsewhere.
    sign_up(client, "ada@other.example", from_address="8.8.109.1")
    assert SignUp.objects.exclude(asked="").count() == MAX_PER_DOMAIN + 1


def test_sub_addresses_of_one_mailbox_are_one_recipient_s17(
    client: Client, mails: Script, send: Send
) -> None:
    for number in range(MAX_PER_MAILBOX + 5):
        sign_up(client, f"Ada+{number}@example.org", from_address=f"8.8.{number}.1")
    look()
    send()

    assert len(mails.mails) == MAX_PER_MAILBOX


def test_behind_proxies_the_one_they_name_counts(rf: Any, monkeypatch: Any, settings: Any) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "num_proxies", 1)

    def seen(told: str) -> str:
        return signup_network(
            rf.get("/", headers={"X-Forwarded-For": told}, REMOTE_ADDR="10.0.0.1")
        )

    assert seen("9.9.9.9, 8.8.8.8") == seen("1.1.1.1, 8.8.8.9") != seen("9.9.9.9")


def test_whoever_is_told_already_is_not_asked(client: Client) -> None:
    build.subscriber("ada@example.org")

    sign_up(client)
    look()

    assert Subscriber.objects.count() == 1
    assert Subscriber.objects.get().asked_at is None


def test_a_machine_that_fills_in_everything_gets_the_same_answer_and_nothing_else(
    client: Client,
) -> None:
    assert sign_up(client, website="http://spam.example").content == sign_up(client).content

    assert SignUp.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "email"), ({"email": ""}, "email"), ({"email": ["a"]}, "email"),
        ({"email": "notanemail"}, "email"), ({"email": "a@b c.org"}, "email"),
        ({"endpoint": "not a url", "channel": "webhook"}, "endpoint"),
        ({"email": "a@b.org", "is_staff": True}, "is_staff"),
        ({"email": "a@b.org", "components": [99_999]}, "components"),
        ({"email": "a@b.org", "components": "all"}, "components"),
        ({"email": "a@b.org", "kinds": ["alerts"]}, "kinds"),
        ({"email": "a@b.org", "kinds": [{}]}, "kinds"),
        ({"email": "a@b.org", "min_severity": "dire"}, "min_severity"),
        ({"email": "a@b.org", "channel": "apprise"}, "channel"),
        ({"email": "a@b.org", "incident": 5}, "incident"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(client: Client, said: dict[str, Any], field: str) -> None:
    answer = client.post(URL, json.dumps(said), content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_hidden_components_and_drafts_are_answered_as_if_they_were_not_there(
    client: Client,
) -> None:
    hidden = build.component("Cellar", visible=False)
    draft = open_incident(
        title="Plan", severity=Severity.MINOR, message="Sh.", published=False
    )  # fmt: skip

    told = sign_up(client, components=[hidden.pk])
    missing = sign_up(client, components=[hidden.pk + 1000])

    assert (told.status_code, told.content) == (missing.status_code, missing.content)
    assert sign_up(client, incident=draft.pk).status_code == 400
    assert b"Cellar" not in client.get(URL).content
    assert b"Plan" not in client.get(f"{URL}?incident={draft.pk}").content


def test_a_click_without_a_body_confirms_like_any_other(client: Client) -> None:
    """As `curl -X POST` does it: no body, and no header that says how long it is."""
    row = build.subscriber(confirmed_at=None)

    answer = client.generic("POST", f"/status/confirm/{token(row, Purpose.CONFIRM)}")

    row.refresh_from_db()
    assert answer.status_code == 200
    assert row.confirmed_at is not None


def test_large_bodies_and_other_methods_are_refused(client: Client) -> None:
    assert client.post(URL, {"email": "a" * 20_000}).status_code == 413
    for method in ("put", "patch", "delete", "options"):
        assert getattr(client, method)(URL).status_code == 405


def test_s9_fetching_every_link_of_a_mail_changes_nothing(
    client: Client, mails: Script, send: Send
) -> None:
    person = build.subscriber()
    before = rows()

    for purpose in Purpose:
        path = link(person, purpose).removeprefix("https://status.example.com")
        for method in ("get", "head", "options"):
            getattr(client, method)(path)

    assert rows() == before


def test_s9_one_click_unsubscribing_needs_no_cookie() -> None:
    """RFC 8058: a POST with this body, from a machine that never saw a page."""
    person = build.subscriber()

    answer = Client(enforce_csrf_checks=True).post(
        f"/status/unsubscribe/{token(person, Purpose.UNSUBSCRIBE)}",
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
        headers={"Origin": "null"},
    )

    person.refresh_from_db()
    assert answer.status_code == 200
    assert not answer.cookies
    assert not person.is_active


def test_a_link_serves_its_own_purpose_and_person_only(client: Client) -> None:
    ada, bob = build.subscriber(), build.subscriber()
    key = token(ada, Purpose.UNSUBSCRIBE)
    mac = key.partition("-")[2]

    for wrong in (f"manage/{key}", f"unsubscribe/{bob.pk}-{mac}", f"unsubscribe/{key[:-1]}",
                  f"unsubscribe/{10**17}-{mac}", "confirm/x"):  # fmt: skip
        assert client.get(f"/status/{wrong}").status_code == 404
        assert client.post(f"/status/{wrong}").status_code == 404
    assert Subscriber.objects.filter(unsubscribed_at=None).count() == 2


def test_links_that_are_not_valid_are_slowed_and_valid_ones_never_s17(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "WRONG_LINKS_PER_MINUTE", 4)
    manage = token(build.subscriber(), Purpose.MANAGE)
    wrong = ("confirm/x", "manage/x", "unsubscribe/x", "alerts/x", "manage/y", "confirm/z")

    got = [client.get(f"/status/{link}", headers={"X-Forwarded-For": link}) for link in wrong]

    assert [each.status_code for each in got] == [404] * 4 + [429] * 2
    assert 1 <= int(got[-1]["Retry-After"]) <= 61
    assert client.get(f"/status/manage/{manage}").status_code == 200


def test_a_person_can_have_all_that_is_known_of_them_and_be_forgotten(
    client: Client, mails: Script, send: Send
) -> None:
    person = build.subscriber("canary-ada@example.org")
    build.subscriber("bob@example.org")

    open_incident(title="Fire", severity=Severity.MAJOR, message="Hot.")
    notices.run(now=datetime.now(UTC))
    send()

    (told,) = export_personal_data(rows_of("Canary-Ada@example.org"))
    assert told["address"] == "canary-ada@example.org"
    assert [each["about"] for each in told["deliveries"]] == ["Fire"]

    assert erase(rows_of("canary-ada@example.org"), now=datetime.now(UTC)) == 1

    assert not Subscriber.objects.filter(pk=person.pk).exists()
    assert Delivery.objects.count() == 2
    left = Delivery.objects.get(subscriber=None)
    assert (left.state, left.message_id) == ("sent", f"erased-{left.pk}")
    assert "canary" not in str(rows())
    assert JournalEntry.objects.filter(kind="subscriber.erased").exists()
