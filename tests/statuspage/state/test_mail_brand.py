"""Mails wear the brand of the page that they are of."""

import base64
from typing import Any

import pytest

from statuspage.models import Appearance as Row
from statuspage.models import Page
from statuspage.pages.appearance import Appearance, PageLink
from statuspage.state.colours import NEEDED, contrast
from statuspage.state.subscribed_pages import (
    brand_of,
    read_main_brand,
    read_subscribed_pages,
)
from subscribers.channels.mail_templates import render
from subscribers.channels.mime import with_logo_inside
from subscribers.pages import PLAIN
from tests.statuspage.state.test_appearance import PNG
from tests.subscribers.news import INCIDENT

LOGO = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
LARKSPUR = Appearance(
    name="Larkspur", mail_logo=LOGO, accent="#6b3fa0", accent_dark="#c3a2f0",
    footer_links=(PageLink("Imprint", "https://larkspur.example/imprint?a=1&b=2"),),
    time_zone="Europe/Berlin", clock="12",
)  # fmt: skip


def test_a_mail_has_logo_colour_links_and_zone_of_its_page() -> None:
    text = render(INCIDENT, brand=brand_of(LARKSPUR))

    assert text.logo == PNG
    assert '<img src="cid:logo" height="1" alt="Larkspur"' in text.html
    assert "data:" not in text.html
    assert LOGO in with_logo_inside(text.html, text.logo)
    assert "background-color: #6b3fa0" in text.html
    assert "background-color: #c3a2f0 !important" in text.html
    assert "https://larkspur.example/imprint?a=1&amp;b=2" in text.html
    assert "Imprint: https://larkspur.example/imprint?a=1&b=2" in text.plain
    for body in (text.html, text.plain):
        assert " PM CET" in body or " AM CET" in body
        assert " UTC" not in body


def test_a_mail_of_a_page_that_nobody_has_touched_has_none_of_it() -> None:
    text = render(INCIDENT)

    assert brand_of(Appearance()) == PLAIN
    assert text.logo == b""
    for sign in ("<img", "cid:", "td.logo", "#6b3fa0"):
        assert sign not in text.html


@pytest.mark.parametrize("accent", ["#ffdd00", "#000080", "#808080", "#6b3fa0"])
def test_the_words_of_a_button_can_be_read_on_any_accent(accent: str) -> None:
    brand = brand_of(Appearance(accent=accent))

    assert contrast(brand.on_button, brand.button) >= NEEDED - 0.3


@pytest.mark.django_db
def test_a_page_without_a_look_wears_that_of_main_in_its_mails(admin_client: Any) -> None:
    Page.objects.get_or_create(slug="main")
    for slug in ("plain", "own"):
        Page.objects.create(slug=slug, name=slug.title())
    Row.objects.create(
        page_id="main", values={"name": "Lark", "accent": "#6b3fa0", "mark": "<svg>"}
    )
    Row.objects.create(page_id="own", values={"accent": "#1a6b3c"})

    pages = read_subscribed_pages()
    header = admin_client.get("/admin/").content.decode()

    assert read_main_brand().name == "Lark"
    assert pages["plain"].brand.button == "#6b3fa0"
    assert pages["own"].brand.button == "#1a6b3c"
    assert '<img class="brand-mark" src="data:image/svg+xml,%3Csvg%3E" alt="">Lark</a>' in header
