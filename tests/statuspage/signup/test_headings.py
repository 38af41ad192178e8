"""Headings of the sign-up's pages and of a private page's door: no level is left out."""

import re
from itertools import pairwise

import pytest
from django.test import Client

from components.models import Group
from statuspage.pages.face import Door, Face
from statuspage.signup.door_pages import door_response
from subscribers.tokens import Purpose, token
from tests import build


def levels(html: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"<h([1-6])", html)]


def assert_none_left_out(html: bytes) -> None:
    found = levels(html)

    assert found[:1] == [1]
    assert all(after <= before + 1 for before, after in pairwise(found)), found


@pytest.mark.django_db
def test_names_of_groups_follow_the_title(client: Client) -> None:
    build.component("Checkout", group=Group.objects.create(name="Shop"))
    build.component("Search", group=Group.objects.create(name="Site"))
    hook = build.subscriber("https://hooks.example.com/x", channel="webhook")
    shown = client.get("/status/subscribe").content

    assert levels(shown) == [1, 2, 2]
    refused = client.post("/status/subscribe", {"email": "no"}, HTTP_ACCEPT="text/html")
    assert_none_left_out(refused.content)
    for purpose in (Purpose.MANAGE, Purpose.CONFIRM, Purpose.UNSUBSCRIBE):
        page = client.get(f"/status/{purpose}/{token(hook, purpose)}")
        assert_none_left_out(page.content)


def test_a_door_has_a_title() -> None:
    door = Door(password="x", mail_domains=("larkspur.example",))

    assert_none_left_out(door_response(Face("inner", "Larkspur", door=door)).content)
