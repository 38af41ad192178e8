"""Pages that wear an appearance: its sheet allowed by its hash, inert pictures, links."""

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest

from components.status import Status
from statuspage.pages.appearance import Appearance, PageLink
from statuspage.publishing.documents import document
from statuspage.publishing.rendered import HTML, build, pack, unpack, variant
from statuspage.renderers.html.appearance.brand import own_policy
from statuspage.renderers.html.component_page import Series, component_page
from statuspage.renderers.html.detail_pages import incident_page
from statuspage.renderers.html.render import render_page
from statuspage.state.page_state import RegionView
from tests.statuspage import public_pages
from tests.statuspage.page_html import read
from tests.statuspage.page_many import many
from tests.statuspage.page_states import component, one

FLOWER = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28"><g fill="#6b3fa0">'
    + "".join(
        f'<ellipse cx="14" cy="7.2" rx="4.3" ry="6.4" transform="rotate({turn} 14 14)"></ellipse>'
        for turn in range(0, 360, 40)
    )
    + '</g><circle cx="14" cy="14" r="3.1" fill="#fff"></circle>'
    + "".join(f'<path d="M{n} 2.{n}c3.1 {n}.4 5 1.2 {n} 7.3z"></path>' for n in range(5))
    + "</svg>"
)
LARKSPUR = Appearance(
    name="Larkspur",
    logo=FLOWER,
    logo_dark=FLOWER.replace("#6b3fa0", "#c3a2f0"),
    accent="#6b3fa0",
    accent_dark="#c3a2f0",
    header_links=(PageLink("Home", "https://larkspur.example"),),
    footer_links=(PageLink("Imprint", "https://larkspur.example/imprint?a=1&b=2"),),
    intro="We are **here**.",
    footer="Larkspur Trading, Berlin",
    css=".banner{border-radius:0}",
)


def test_the_sheet_of_a_brand_is_allowed_by_its_hash_on_every_page() -> None:
    state = replace(public_pages.partial_outage(), appearance=LARKSPUR)
    told = document(f"/status/incidents/{state.incidents[0].reference}", state)
    assert told is not None

    for body in (render_page(state), incident_page(state, state.incidents[0]), told.body):
        sheet = body.decode().rsplit("<style>", 1)[1].split("</style>")[0]
        assert "--brand:#6b3fa0" in sheet
        assert sheet.endswith(".banner{border-radius:0}")
        digest = b64encode(sha256(sheet.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in own_policy(LARKSPUR)
    assert told.policy == own_policy(LARKSPUR)
    assert "unsafe" not in told.policy


def test_a_page_that_only_has_a_name_needs_no_policy_of_its_own() -> None:
    assert own_policy(Appearance(name="Larkspur")) == own_policy(Appearance()) == ""


def test_the_header_has_logo_and_links_and_the_footer_has_them_again() -> None:
    document = read(render_page(replace(one(component()), appearance=LARKSPUR)))

    header, footer = document.one("header", class_="top"), document.one("footer")
    assert [each.attributes["alt"] for each in header.all("img")] == ["Northwind", "Northwind"]
    assert all(
        each.attributes["src"].startswith("data:image/svg+xml,%3Csvg") for each in header.all("img")
    )
    assert header.one("a", href="https://larkspur.example").text == "Home"
    assert footer.one("a", href="https://larkspur.example/imprint?a=1&b=2").text == "Imprint"
    assert document.one("strong").text == "here"
    assert "Larkspur Trading" in footer.text


@pytest.mark.parametrize("status", Status)
def test_the_tabs_icon_shows_mark_and_status(status: Status) -> None:
    state = one(component(status=status), status=status)

    icon = read(render_page(replace(state, appearance=Appearance(mark=FLOWER)))).one(
        "link", rel="icon"
    )
    plain = read(render_page(state)).one("link", rel="icon")

    assert "image" in icon.attributes["href"]
    assert '"' not in icon.attributes["href"]
    assert icon.attributes["href"] != plain.attributes["href"]


def test_what_is_not_to_be_shown_is_not_in_the_bytes() -> None:
    watched = component(uptime=99.5, latency_ms=85, response_ms=[80, 90] * 12)
    bare = Appearance(
        show_uptime=False, show_response=False, show_sparklines=False, show_staff_link=False
    )

    text = render_page(replace(one(watched), appearance=bare)).decode()

    for sign in ("99.50", "85 ms", 'class="spark"', 'class="up"', "/admin/", "Uptime measured"):
        assert sign not in text


def test_a_theme_that_is_chosen_for_visitors_stands_in_the_root() -> None:
    page = render_page(replace(one(component()), appearance=Appearance(theme="dark")))

    assert read(page).one("html").attributes["data-theme"] == "dark"


def test_a_snapshot_keeps_the_appearance() -> None:
    state = replace(one(component()), appearance=LARKSPUR)

    assert unpack(pack(build(state))).state.appearance == LARKSPUR


@pytest.mark.usefixtures("best_compression")
def test_ten_components_with_a_logo_of_1_kb_stay_small() -> None:
    assert 950 < len(FLOWER) < 1_250

    html = render_page(replace(many(10), appearance=Appearance(logo=FLOWER, accent="#6b3fa0")))

    assert len(variant(HTML, html).br) <= 8_500


def test_the_page_of_a_component_obeys_the_switches_too() -> None:
    state = public_pages.partial_outage()
    chosen = state.components[1]
    several = tuple(
        RegionView(code, name, Status.OPERATIONAL, 85, None)
        for code, name in (("zq1", "Zeqland"), ("zq2", "Qezland"))
    )
    chosen = replace(chosen, regions=several)
    year = public_pages.year_of(state)
    series = tuple(Series(name, year.times[0].series[0].points) for name in ("All", "Zeqland"))
    year = replace(year, uptime=98.76, times=(replace(year.times[0], series=series),))
    off = Appearance(show_uptime=False, show_response=False, show_regions=False)

    usual = component_page(state, chosen, year).decode()
    bare = component_page(replace(state, appearance=off), chosen, year).decode()
    no_regions = component_page(
        replace(state, appearance=Appearance(show_regions=False)), chosen, year
    ).decode()

    signs = ("98.76", "Response time", "Zeqland", ">Uptime<", "uptime.svg", "response.svg", "85 ms")
    assert [sign for sign in signs if sign not in usual] == []
    assert [sign for sign in signs if sign in bare] == []
    assert "Response times" in no_regions
    assert "Zeqland" not in no_regions
