"""No English is left in the sign-up, the pages of links, the door and errors, once every text is
in a language of its own."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from statuspage.edge.outage.unavailable import unavailable
from statuspage.pages.face import MAIN_FACE, Door, Face
from statuspage.signup.door_pages import door_response
from subscribers.delivery import endpoint_health
from subscribers.tokens import Purpose, token
from tests import build, pseudo
from tests.pseudo import PSEUDO, bare_english_in_page

pytestmark = pytest.mark.django_db
_NAMES = ("Webhook", "Slack", "Discord", "Teams", "Mattermost", "native", "statuspage", "text",
          "Standard Webhooks", "https://", "http", "hooks.example.com",
          "none, minor, major, critical", "Ж")  # fmt: skip


@pytest.fixture(autouse=True)
def _language(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    pseudo.install(monkeypatch)
    monkeypatch.setattr("statuspage.signup.pages.name_of", lambda face: "Ж")


def _left(answer: Any) -> list[str]:
    assert b'lang="qps"' in answer.content
    return bare_english_in_page(answer.content, *_NAMES)


def test_the_sign_up_has_no_bare_english(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    build.component(name="Ж")
    gone = build.component(name="Ж2", retired_at=datetime.now(UTC))
    url, html = "/status/subscribe?lang=qps", {"Accept": "text/html"}
    answers = [
        client.get(url),
        client.post(url, {"email": "?"}, headers=html),
        client.post(url, {"email": ""}, headers=html),
        client.post(url, {"email": "a@example.org", "min_severity": "?"}, headers=html),
        client.post(url, {"endpoint": "?", "channel": "webhook"}, headers=html),
        client.post(url, {"email": "a@example.org", "components": [gone.pk + 9]}, headers=html),
        client.post(url, {"email": "ж@example.org"[1:]}, headers=html),
        client.post(url, {"email": "ada@example.org"}, headers=html),
        client.get("/status/confirm/nothing?lang=qps"),
    ]
    monkeypatch.setattr("subscribers.channels.kinds.email.mail_is_set", lambda: False)
    answers.append(client.get(url))

    assert [found for each in answers if (found := _left(each))] == []


def test_pages_of_links_have_no_bare_english(client: Client) -> None:
    person = build.subscriber("anna@example.org", language="de", scope="incident", incident_id=0)
    hook = build.subscriber("https://hooks.example.com/x", channel="webhook")
    endpoint_health.endpoint_of(hook)
    endpoint_health.rotate(hook, now=datetime.now(UTC))
    endpoint_health.suspend(hook, "503", now=datetime.now(UTC))
    left = []
    for row in (person, hook):
        for purpose in (Purpose.MANAGE, Purpose.CONFIRM, Purpose.UNSUBSCRIBE):
            path = f"/status/{purpose}/{token(row, purpose)}?lang=qps"
            left += _left(client.get(path))
            if purpose is Purpose.MANAGE:
                for act in ("choose", "rotate", "lift", "owner"):
                    left += _left(client.post(path, {"act": act, "owner": "?"}))
            else:
                left += _left(client.post(path))

    assert left == []


@pytest.mark.parametrize("password", ["", "hash"])
@pytest.mark.parametrize("domains", [(), ("a.example", "b.example")])
def test_the_door_has_no_bare_english(password: str, domains: tuple[str, ...]) -> None:
    face = Face("ж", "Ж", door=Door(password=password, mail_domains=domains))

    left = []
    for more in ({}, {"sent": "Ж"}, {"error": "Ж", "field": "email"}):
        found = door_response(face, PSEUDO, **more)  # type: ignore[arg-type]
        left += bare_english_in_page(found.content, "example")
    assert left == []


@pytest.mark.parametrize("read_only", [False, True])
def test_a_503_has_no_bare_english(read_only: bool) -> None:
    answer = unavailable("/status/x", "text/html", MAIN_FACE, PSEUDO, read_only=read_only)

    assert bare_english_in_page(answer.content) == []
