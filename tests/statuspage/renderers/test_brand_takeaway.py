"""What others take of a page wears its brand: feeds, badges, the banner; else none has any."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from statuspage.pages.appearance import Appearance
from statuspage.pages.face import Face
from statuspage.publishing.documents import all_paths, document, written_at_publication
from statuspage.renderers import banner
from statuspage.renderers.html.csp import csp_hash
from statuspage.state.page_state import PageState
from tests.statuspage.page_scenes import all_good
from tests.statuspage.renderers.html.test_brand import FLOWER

PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
LOOK = Appearance(
    name="Larkspur", mark=FLOWER, mail_logo=PNG, accent="#6b3fa0", accent_dark="#c3a2f0",
    font="serif",
)  # fmt: skip


def branded(**more: object) -> PageState:
    look = replace(LOOK, **more)  # type: ignore[arg-type]
    return replace(all_good(), site_name="Larkspur", appearance=look)


def text(path: str, state: PageState) -> str:
    made = document(path, state)
    assert made is not None
    return made.body.decode()


def test_feeds_name_pictures_that_are_served_and_copied() -> None:
    state = replace(branded(), face=Face("shop"))
    atom, rss = text("/status/feed.atom", state), text("/status/feed.rss", state)

    root = ET.fromstring(atom)
    icon, logo = (root.findtext(f"{{http://www.w3.org/2005/Atom}}{name}") for name in
                  ("icon", "logo"))  # fmt: skip
    image = ET.fromstring(rss).find("channel/image")
    assert image is not None
    assert icon == f"{state.site_url}/status/p/shop/icon.svg"
    assert logo == image.findtext("url") == f"{state.site_url}/status/p/shop/logo.png"
    assert image.findtext("title") == "Larkspur status"
    assert text("/status/icon.svg", state) == FLOWER
    png = document("/status/logo.png", state)
    assert png is not None
    assert png.body.startswith(b"\x89PNG")
    for paths in (all_paths(state), written_at_publication(state)):
        assert {"/status/icon.svg", "/status/logo.png"} <= set(paths)


def test_a_mark_that_is_a_png_is_an_icon_too() -> None:
    assert PNG in text("/status/icon.svg", branded(mark=PNG))


@pytest.mark.parametrize(
    ("accent", "ground"),
    [("#6b3fa0", "#6b3fa0"), ("#f0e060", "#4a5361"), ("", "#4a5361")],
)
def test_badges_wear_an_accent_that_white_reads_on(accent: str, ground: str) -> None:
    for name in ("badge.svg", "uptime.svg", "response.svg"):
        assert f'fill="{ground}" d="M0 0' in text(f"/status/{name}", branded(accent=accent))


def test_the_banner_wears_mark_accent_and_font_by_a_policy_of_its_own() -> None:
    made = document("/status/banner", branded())
    assert made is not None
    html = made.body.decode()

    own = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert own.startswith("a{color:#6b3fa0}@media(prefers-color-scheme:dark){a{color:#c3a2f0}}")
    assert "font-family" in own
    assert '<img class="mark" src="data:image/svg+xml' in html
    assert csp_hash(own) in made.policy
    assert "img-src data:" in made.policy
    assert "unsafe" not in made.policy


def test_an_untouched_page_gives_what_it_gave() -> None:
    state = all_good()
    frame = document("/status/banner", state)
    assert frame is not None

    assert frame.policy == banner.POLICY
    assert "<img" not in frame.body.decode()
    assert document("/status/icon.svg", state) is None
    assert document("/status/logo.png", state) is None
    feeds = text("/status/feed.atom", state) + text("/status/feed.rss", state)
    assert "<icon>" not in feeds
    assert "<image>" not in feeds
