"""The mail with the link to a private page: queued, sealed, and worn by the page."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import RequestFactory

from components.languages.registry import words_of
from statuspage.access import pages, passes
from statuspage.models import Page
from statuspage.pages.face import FACE, Face
from statuspage.signup import door
from statuspage.signup.door_pages import door_response
from statuspage.state.faces import face_of, read_pages
from subscribers.models import Delivery, Notice
from tests.mailserver import Script

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def face() -> Face:
    pages.save_page(
        Page(slug="inner", name="The inner page", private=True, mail_domains=["example.net"])
    )
    return face_of(read_pages()[1][0], [])


def ask(face: Face, address: str) -> Any:
    request = RequestFactory().post("/", {"email": address})
    request.scope = {FACE: face}  # type: ignore[attr-defined]
    return door.door(request)


def test_a_link_waits_in_the_queue_and_is_readable_to_nobody_there(
    mails: Script, send: Callable[..., int], face: Face
) -> None:
    answer = ask(face, "ada@example.net")
    stored = repr(list(Notice.objects.values()) + list(Delivery.objects.values()))

    assert answer.status_code == 202
    assert mails.mails == []
    assert "/status/p/inner/door/" not in stored
    assert "ada@example.net" not in stored
    send()
    (mail,) = mails.mails
    body: Any = mail.message
    text = body.get_body(("plain",)).get_content()
    key = re.search(r"/status/p/inner/door/(\S+)", text)
    assert key is not None
    until = passes.link_until(face, key[1], now=0)
    assert until is not None
    assert mail.recipients == ["ada@example.net"]
    assert mail.message["From"].startswith("The inner page <")
    assert "unsubscribe" not in text.lower()
    assert re.search(r"works until \d\d:\d\d UTC", text)


def test_nothing_is_promised_without_a_mail_server(face: Face, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    answer = ask(face, "ada@example.net")

    assert answer.status_code == 503
    assert not Delivery.objects.exists()


def test_strangers_get_no_mail(mails: Script, face: Face) -> None:
    assert ask(face, "ada@example.org").status_code == 401
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("offered", "links"),
    [(("en", "de", "ar"), {"en": "English", "ar": "العربية"}), (("de",), {})],
)
def test_the_door_offers_the_other_languages_of_its_page(
    face: Face, offered: tuple[str, ...], links: dict[str, str]
) -> None:
    html = door_response(replace(face, languages=offered), words_of("de")).content.decode()

    found = re.findall(r'<a href="([^"]+)" lang="([^"]+)" hreflang="\2">([^<]+)</a>', html)
    assert found == [(f"/status/p/inner/door?lang={tag}", tag, name) for tag, name in links.items()]
