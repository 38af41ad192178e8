"""Signing up on a page besides the main one."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident
from statuspage.access import pages
from statuspage.edge.sites import is_open
from statuspage.models import Page
from statuspage.pages.face import FACE, Face
from statuspage.signup import views
from statuspage.state.component_row import nameable_rows
from statuspage.state.faces import face_of, read_pages
from subscribers.models import Subscriber
from subscribers.services import export_personal_data, process_signups
from subscribers.tokens import Purpose, token
from tests import build

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop() -> tuple[Face, Any, Any]:
    """A page with one of two components."""
    cart, mailer = build.component("Cart"), build.component("Mailer")
    pages.save_page(Page(slug="shop", name="The shop"), components=[cart])
    return face_of(read_pages()[1][0], nameable_rows()), cart, mailer


def ask(view: Any, face: Face | None, *key: str, said: Any = None, **form: Any) -> HttpResponse:
    factory = RequestFactory()
    if said is not None:
        request = factory.post("/", json.dumps(said), content_type="application/json")
    else:
        request = factory.post("/", form) if form else factory.get("/", {}, HTTP_ACCEPT="text/html")
    request.scope = {FACE: face} if face else {}  # type: ignore[attr-defined]
    answer: HttpResponse = view(request, **({"key": key[0]} if key else {}))
    return answer


def test_the_form_offers_what_the_page_selects(shop: Any) -> None:
    face, _, _ = shop
    body = ask(views.subscribe, face).content.decode()

    assert "Cart" in body
    assert "Mailer" not in body
    assert 'action="/status/p/shop/subscribe"' in body
    assert "The shop" in body


def test_what_the_page_does_not_show_is_answered_like_what_is_not_there(shop: Any) -> None:
    face, cart, mailer = shop
    hidden = open_incident(
        title="Mail is late", message="We look.", severity=Severity.MAJOR,
        impacts={mailer: Status.DEGRADED},
    )  # fmt: skip
    for said in ({"components": [mailer.pk]}, {"incident": hidden.pk}):
        there = ask(views.subscribe, face, said={"email": "a@example.org", **said})
        missing = {name: [99999] if name == "components" else 99999 for name in said}
        not_there = ask(views.subscribe, face, said={"email": "a@example.org", **missing})
        assert there.status_code == not_there.status_code == 400
        assert there.content == not_there.content
    assert ask(
        views.subscribe, face, said={"email": "a@example.org", "components": [cart.pk]}
    ).status_code == 202  # fmt: skip


def test_one_address_may_be_told_by_two_pages(shop: Any) -> None:
    face, cart, _ = shop
    build.subscriber("ada@example.org")

    ask(views.subscribe, face, said={"email": "ada@example.org", "components": [cart.pk]})
    process_signups(now=datetime.now(UTC))

    rows = {row.page: row for row in Subscriber.objects.all()}
    assert set(rows) == {"", "shop"}
    assert rows["shop"].confirmed_at is None
    assert {each["page"] for each in export_personal_data(rows.values())} == {"main", "shop"}


def test_links_work_on_their_own_page_alone(shop: Any) -> None:
    face, _, _ = shop
    row = build.subscriber("ada@example.org", page="shop", confirmed_at=None)
    other = build.subscriber("bea@example.org")

    assert ask(views.confirm, None, token(row, Purpose.CONFIRM), act="x").status_code == 404
    assert ask(views.manage, None, token(row, Purpose.MANAGE)).status_code == 404
    assert ask(views.manage, face, token(other, Purpose.MANAGE)).status_code == 404
    confirmed = ask(views.confirm, face, token(row, Purpose.CONFIRM), act="x")
    assert "/status/p/shop/manage/" in confirmed.content.decode()
    row.refresh_from_db()
    assert row.confirmed_at is not None


def test_what_was_chosen_and_is_not_shown_now_is_kept(shop: Any) -> None:
    face, cart, mailer = shop
    row = build.subscriber("ada@example.org", page="shop", components=[cart, mailer])

    body = ask(views.manage, face, token(row, Purpose.MANAGE)).content.decode()
    ask(views.manage, face, token(row, Purpose.MANAGE), kinds="incidents", act="choose")

    assert "Mailer" not in body
    row.refresh_from_db()
    assert (row.scope, [each.pk for each in row.components.all()]) == ("components", [mailer.pk])


def test_a_private_page_lets_programs_unsubscribe_and_nothing_else() -> None:
    assert is_open("/status/unsubscribe/1-abc")
    for path in ("/status/subscribe", "/status/confirm/1-abc", "/status/manage/1-abc", "/status"):
        assert not is_open(path)
