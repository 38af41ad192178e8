"""The appearance's form: previewed without being stored, published at once, told in sentences."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from components.models import JournalEntry
from statuspage.models import Appearance, Page
from statuspage.publishing import snapshot
from tests import build

pytestmark = pytest.mark.django_db
URL = "/admin/appearance"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
_SHOWN = ("uptime", "response", "sparklines", "regions", "past", "staff_link")
SHOWN = {f"show_{name}": "on" for name in _SHOWN}


@pytest.mark.published
def test_what_is_published_is_on_the_page_when_the_response_arrives(
    admin_client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    build.component("API")
    form = {
        **SHOWN, "name": "Larkspur", "accent": "#6b3fa0", "logo": SimpleUploadedFile("l.svg", SVG),
        "header_links_label": ["Home", ""],
        "header_links_address": ["https://larkspur.example", ""],
    }  # fmt: skip

    with django_capture_on_commit_callbacks(execute=True):
        answer = admin_client.post(URL, form)

    assert answer.status_code == 302
    shown = snapshot.load()
    assert shown is not None
    body = shown.bodies["page.html"].identity.decode()
    assert shown.state.site_name == "Larkspur"
    for sign in ("--brand:#6b3fa0", 'alt="Larkspur"', "https://larkspur.example"):
        assert sign in body
    entry = JournalEntry.objects.get(kind="page.appearance_changed")
    assert entry.data["fields"] == ["accent", "header_links", "logo", "name"]
    again = admin_client.post(URL, {**SHOWN, **{k: form[k] for k in form if k != "logo"}})
    assert again.status_code == 302
    assert "logo" in Appearance.objects.get().values
    assert JournalEntry.objects.filter(kind="page.appearance_changed").count() == 1


def test_the_form_tells_by_how_much_a_colour_cannot_be_read(admin_client: Client) -> None:
    admin_client.post(URL, {**SHOWN, "accent": "#a877e0"})

    text = admin_client.get(URL).content.decode()

    assert "Hard to read in the light theme." in text
    assert "It reaches 3.0 : 1 and needs 4.5 : 1." in text
    assert "Use #" in text


def test_what_cannot_be_taken_is_refused_by_field_and_keeps_what_was_entered(
    admin_client: Client,
) -> None:
    evil = SimpleUploadedFile("x.svg", b"<!DOCTYPE svg [<!ENTITY a 'a'>]><svg/>")

    answer = admin_client.post(
        URL, {"accent": "violet", "css": "body{color:red}", "mark": evil, "intro": "Hello <b>"}
    )

    text = answer.content.decode()
    assert answer.status_code == 400
    for sign in ("#6b3fa0 say", "not one of the classes", "document type", "Hello &lt;b&gt;"):
        assert sign in text
    assert not Appearance.objects.exists()


def test_a_preview_shows_the_form_and_stores_nothing(admin_client: Client) -> None:
    build.component("API")

    answer = admin_client.post(
        f"{URL}/preview", {**SHOWN, "name": "Draft", "preview_theme": "dark"}
    )

    assert b'<html lang="en" data-theme="dark">' in answer.content
    assert b"Draft" in answer.content
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert not Appearance.objects.exists()
    told = admin_client.post(f"{URL}/preview", {"accent": "violet"})
    assert told["Content-Type"].startswith("text/plain")


def test_the_form_is_told_what_stands_beside_its_fields_before_anything_is_published(
    admin_client: Client,
) -> None:
    wrong = admin_client.post(
        f"{URL}/check", {**SHOWN, "accent": "#a877e0", "css": "body{color:red}"}
    ).json()
    right = admin_client.post(
        f"{URL}/check",
        {**SHOWN, "accent": "#6b3fa0", "logo": SimpleUploadedFile("l.svg", SVG), "name": "Lark"},
    ).json()

    assert list(wrong["errors"]) == ["css"]
    assert wrong["short"]["accent"]["told"] == "Hard to read in the light theme."
    assert wrong["short"]["accent"]["ratio"] == "It reaches 3.0 : 1 and needs 4.5 : 1."
    assert right["errors"] == {}
    assert right["changes"] == 3
    assert right["pictures"]["logo"].startswith("data:image/svg+xml,")
    assert right["pictures"]["mark"] == ""
    assert list(right["short"]) == ["accent_dark"]
    taken = right["short"]["accent_dark"]["use"]
    accepted = admin_client.post(
        f"{URL}/check", {**SHOWN, "accent": "#6b3fa0", "accent_dark": taken}
    ).json()
    assert accepted["short"] == {}
    assert not Appearance.objects.exists()


def test_only_who_may_change_it_sees_the_form(client: Client) -> None:
    vera = User.objects.create_user("vera", is_staff=True)
    vera.groups.add(Group.objects.get(name="viewer"))
    client.force_login(vera)

    assert client.get(URL).status_code == 403
    assert client.post(f"{URL}/preview").status_code == 403
    assert client.post(f"{URL}/check").status_code == 403


def test_a_page_gets_a_look_of_its_own_and_takes_it_off_again(admin_client: Client) -> None:
    Page.objects.create(slug="shop", name="Shop")
    admin_client.post(URL, {**SHOWN, "name": "Larkspur", "accent": "#6b3fa0"})
    of_shop = f"{URL}?page=shop"

    before = admin_client.get(of_shop).content.decode()
    preview = admin_client.post(f"{URL}/preview?page=shop", {**SHOWN, "accent": "#1a6b3c"})
    answer = admin_client.post(of_shop, {**SHOWN, "accent": "#1a6b3c"})

    assert "Publish to give it an appearance of its own." in before
    assert 'value="#6b3fa0"' in before
    assert 'value="Larkspur"' not in before
    assert b"--brand:#1a6b3c" in preview.content
    assert b">Shop" in preview.content
    assert answer["Location"] == of_shop
    assert Appearance.objects.get(page_id="shop").values == {"accent": "#1a6b3c"}
    assert Appearance.objects.get(page_id="main").values["accent"] == "#6b3fa0"

    admin_client.post(of_shop, {"inherit": "on"})

    assert not Appearance.objects.filter(page_id="shop").exists()
    pages = JournalEntry.objects.filter(kind="page.appearance_changed").order_by("pk")
    assert [each.data["page"] for each in pages] == ["main", "shop", "shop"]
    assert admin_client.get(f"{URL}?page=nothing").status_code == 404
