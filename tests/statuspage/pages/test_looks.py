"""What each page looks like: its own look, or that of `main`; the door and the sign-up wear it."""

from base64 import b64encode
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client

from components.languages.registry import words_of
from components.languages.words import ENGLISH
from statuspage.models import Appearance as Row
from statuspage.models import Page
from statuspage.pages.appearance import Appearance, PageLink
from statuspage.pages.face import Door, Face
from statuspage.publishing import rendered
from statuspage.renderers.html.render import render_page
from statuspage.renderers.html.times import clock
from statuspage.renderers.html.year_heatmap import year_calendar
from statuspage.signup.door_pages import door_response
from statuspage.state.builder import gather
from statuspage.state.languages import words_for, words_in
from statuspage.state.selection import shown_on
from tests.statuspage import public_pages
from tests.statuspage.edge.test_sites import installed
from tests.statuspage.page_html import read
from tests.statuspage.page_states import at
from tests.statuspage.pages.fleet import fleet

FLOWER = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"></path></svg>'
)
VIOLET = Appearance(
    name="Larkspur", logo=FLOWER, accent="#6b3fa0", theme="dark", intro="Words of **main**.",
    footer="Berlin", footer_links=(PageLink("Imprint", "https://larkspur.example/imprint"),),
)  # fmt: skip
GREEN = Appearance(accent="#1a6b3c", intro="Our own words.", mark=FLOWER)
DOOR = Door(password="x", mail_domains=("example.net",))


def test_a_page_wears_its_own_look_and_that_of_main_while_it_has_none() -> None:
    plain, own = Face("plain", "Plain", component_ids=(1,)), Face("own", component_ids=(2,))
    own = replace(own, appearance=GREEN, door=DOOR)
    state = replace(fleet(plain, own), appearance=VIOLET, site_name="Larkspur")

    inherited = rendered.build(shown_on(state, plain)).bodies["page.html"].identity.decode()
    private = rendered.build(shown_on(state, own)).bodies["page.html"].identity.decode()

    for sign in ("--brand:#6b3fa0", "Words of <strong>main</strong>.", "Berlin", 'alt="Plain"'):
        assert sign in inherited
    assert "--brand:#1a6b3c" in private
    assert "Our own words." in private
    for sign in ("6b3fa0", "Words of", "Berlin", "Imprint"):
        assert sign not in private


@pytest.mark.django_db
def test_the_looks_of_all_pages_are_read_with_the_pages() -> None:
    Page.objects.get_or_create(slug="main")
    for slug in ("plain", "own"):
        Page.objects.create(slug=slug, name=slug.title())
    Row.objects.create(page_id="main", values={"name": "Larkspur", "accent": "#6b3fa0"})
    Row.objects.create(page_id="own", values={"name": "Own Name", "accent": "#1a6b3c"})

    state = gather(now=at(15))

    plain, own = (shown_on(state, face) for face in sorted(state.faces, key=lambda f: f.slug)[::-1])
    assert (plain.site_name, plain.appearance.accent) == ("Plain", "#6b3fa0")
    assert (own.site_name, own.appearance.accent) == ("Own Name", "#1a6b3c")


def test_the_door_wears_the_brand_and_says_nothing_else() -> None:
    face = Face("inner", "Inner", door=DOOR, appearance=VIOLET)

    response = door_response(face, error="This does not open it.", field="password")

    page = read(response.content)
    assert _allows_its_sheets(response)
    assert page.one("html").attributes["data-theme"] == "dark"
    assert page.one("img", class_="logo lt").attributes["alt"] == "Inner"
    links = [each.attributes["href"] for each in page.one("footer").all("a")]
    assert links[0] == "https://larkspur.example/imprint"
    assert all(each.startswith("/status/p/inner/door?lang=") for each in links[1:])
    assert page.one("input", id="password").attributes["aria-describedby"] == "wrong"
    assert not page.all("header")
    assert not page.all("nav")
    assert b"Words of" not in response.content


def test_the_door_of_a_page_without_a_look_wears_that_of_main() -> None:
    app = installed(Face("inner", "Inner", component_ids=(5,), door=DOOR))
    shown = app.pages.snapshot
    assert shown is not None
    shown = replace(shown, state=replace(shown.state, appearance=VIOLET), pages=())
    app.pages.install(shown, anew=True)

    face, _ = app.sites.named("inner") or (None, None)

    assert face is not None
    assert face.appearance == VIOLET


@pytest.mark.django_db
def test_the_sign_up_wears_the_brand_of_main(client: Client) -> None:
    Page.objects.get_or_create(slug="main")
    values = {"name": "Larkspur", "logo": FLOWER, "accent": "#6b3fa0", "footer": "Berlin"}
    Row.objects.create(page_id="main", values=values)

    response = client.get("/status/subscribe")

    text = response.content.decode()
    assert _allows_its_sheets(response)
    for sign in ("--brand:#6b3fa0", 'alt="Larkspur"', "Larkspur status</title>", "Berlin"):
        assert sign in text


def _allows_its_sheets(response: Any) -> bool:
    sheets = [part.split("</style>")[0] for part in response.content.decode().split("<style>")[1:]]
    digests = [b64encode(sha256(each.encode()).digest()).decode() for each in sheets]
    policy = response["Content-Security-Policy"]
    return len(sheets) == 2 and all(f"'sha256-{each}'" in policy for each in digests)


def test_times_are_written_in_the_zone_and_form_of_the_page() -> None:
    look = Appearance(time_zone="America/New_York", clock="12", first_day="sunday")
    state = replace(public_pages.partial_outage(), appearance=look, built_at=at(2, 30))
    words = words_for(state)

    page = render_page(state, words=words).decode()

    assert words_for(state) is words
    assert clock(at(2, 30), today=state.today_in(words), words=words) == "9:30 PM EST"
    assert clock(at(6), today=state.today_in(words), words=words).endswith(", 1:00 AM EST")
    assert ", 9:02 AM EST</time>" in page
    assert "Times are EST; days are UTC." in page
    assert 'data-zone="EST"' in page
    assert " UTC</time>" not in page
    calendar = year_calendar(date(2026, 11, 1), "o" * 14, words)
    assert ">Sun<" in calendar
    assert ">Mon<" not in calendar


def test_zones_without_letters_and_unknown_ones_are_named_all_the_same() -> None:
    def named(zone: str) -> str:
        return words_in(ENGLISH, Appearance(time_zone=zone)).clock(at(12))

    assert named("America/Sao_Paulo") == "09:00 UTC-03"
    assert named("Europe/Atlantis") == "12:00 UTC"
    assert (
        words_in(words_of("de"), Appearance(time_zone="Europe/Berlin")).clock(at(12)) == "13:00 CET"
    )
    assert words_in(ENGLISH, Appearance()) is ENGLISH


def test_past_incidents_can_be_left_to_the_history() -> None:
    state = public_pages.partial_outage()

    page = render_page(replace(state, appearance=Appearance(show_past=False))).decode()

    assert 'id="past"' in render_page(state).decode()
    assert 'id="past"' not in page
    assert "Past incidents" not in page
