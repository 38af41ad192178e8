"""Choosing anew, following an incident, and pages that are complete, in the reader's language."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from components.values.severity import Severity
from incidents.services import open_incident
from subscribers.models import Subscriber
from subscribers.services import (
    delete_expired_signups,
)
from subscribers.tokens import Purpose, token
from tests import build
from tests.statuspage.signup.test_views import URL, look, sign_up

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_one_chooses_anew_by_link(client: Client) -> None:
    shop = build.component("Shop")
    person = build.subscriber()
    path = f"/status/manage/{token(person, Purpose.MANAGE)}"
    assert b"Shop" in client.get(path).content

    client.post(path, {"kinds": ["status"], "components": [shop.pk], "min_severity": "major"})

    person.refresh_from_db()
    assert (person.scope, person.kinds, person.min_severity) == ("components", ["status"], "major")
    assert b"Saved." in client.post(path, {"kinds": ["incidents"]}).content


def test_one_incident_can_be_followed(client: Client) -> None:
    incident = open_incident(title="Fire <b>!", severity=Severity.MAJOR, message="Hot.")
    assert (
        "Follow “Fire &lt;b&gt;!”" in client.get(f"{URL}?incident={incident.pk}").content.decode()
    )

    sign_up(client, incident=incident.pk)
    look()

    row = Subscriber.objects.get()
    assert (row.scope, row.incident_id) == ("incident", incident.pk)


def test_pages_are_complete_in_themselves_and_set_no_cookie(client: Client) -> None:
    answer = client.get(URL)

    html = answer.content.decode()
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer["Cache-Control"] == "no-store"
    assert "<script" not in html
    assert "http" not in re.sub(r'href="data:[^"]*"', "", html).replace("http-equiv", "")
    assert not answer.cookies


def test_addresses_that_never_confirm_are_forgotten() -> None:
    build.subscriber("old@example.org", confirmed_at=None)
    build.subscriber("fine@example.org")

    delete_expired_signups(now=datetime.now(UTC))

    assert Subscriber.objects.count() == 1


@pytest.mark.parametrize("address", ["notanemail", "new@example.org"])
def test_f_m9_without_mail_nobody_is_promised_one(
    client: Client, settings: Any, address: str
) -> None:
    build.subscriber("known@example.org")
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    answers = [sign_up(client, each) for each in (address, "known@example.org")]
    assert {answer.status_code for answer in answers} == {503}
    assert len({answer.content for answer in answers}) == 1
    assert "Retry-After" in answers[0].headers
    assert "cannot send mail" in answers[0].json()["detail"]

    for answer in (
        client.get(URL, headers={"Accept": "text/html"}),
        client.post(URL, {"email": address}, headers={"Accept": "text/html"}),
    ):
        page = answer.content.decode()
        assert "cannot send mail" in page
        assert 'name="email"' not in page
        assert 'name="endpoint"' in page
    hook = {"channel": "webhook", "endpoint": "https://hooks.example.org/x"}
    answer = client.post(URL, json.dumps(hook), content_type="application/json")
    assert answer.status_code == 202


def test_the_sign_up_has_the_pages_navigation_and_its_components_stand_in_groups(
    client: Client,
) -> None:
    build.component("Mail", group=build.group("Office"))
    build.component("Alone")

    shown = client.get("/status/subscribe").content.decode()

    assert '<a href="/status/history">History</a>' in shown
    assert shown.index("Office</h2>") < shown.index(">Mail</span>") < shown.index(">Alone</span>")


def test_the_sign_up_is_in_the_readers_language(client: Client) -> None:
    page = client.get("/status/subscribe", HTTP_ACCEPT_LANGUAGE="de-AT, en;q=0.5")
    chosen = client.get("/status/subscribe?lang=de", HTTP_ACCEPT_LANGUAGE="en")
    refused = client.post("/status/subscribe?lang=de", {"email": "?"}, HTTP_ACCEPT="text/html")

    for answer in (page, chosen, refused):
        assert b'<html lang="de"' in answer.content
        assert "Accept-Language" in answer["Vary"]
        assert answer["Content-Language"] == "de"
    assert b'action="/status/subscribe?lang=de"' in chosen.content
    assert "Geben Sie eine E-Mail-Adresse an" in refused.content.decode()


def test_what_a_link_leads_to_is_in_the_subscribers_language(client: Client) -> None:
    row = build.subscriber("anna@example.org", language="de")

    page = client.get(f"/status/manage/{token(row, Purpose.MANAGE)}", HTTP_ACCEPT_LANGUAGE="en")

    assert "Ihr Abonnement" in page.content.decode()
