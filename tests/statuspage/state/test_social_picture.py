"""The picture beside links: what the browser drew, above the status; read by another PNG reader."""

import base64
import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest

from components.status import Status
from statuspage.backoffice.public_page.appearance_form import _social
from statuspage.pages.appearance import Appearance
from statuspage.pages.face import Face
from statuspage.publishing.documents import document
from statuspage.renderers.html.link_preview import preview, preview_path
from statuspage.renderers.html.render import render_page
from statuspage.state.appearance_input import AppearanceError, read_appearance
from statuspage.state.social_picture import HEIGHT, STRIP, WIDTH
from tests.statuspage.page_html import read
from tests.statuspage.page_scenes import partial_outage


def png(
    width: int = WIDTH, height: int = HEIGHT, *, kind: int = 2, depth: int = 8, rows: bytes = b""
) -> str:
    """Return a violet PNG as a `data:` address."""

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    pixel = b"\x6b\x3f\xa0" + b"\xff" * (kind == 6)
    packed = zlib.compress(rows or (b"\0" + pixel * width) * height)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + data).decode()


def worn(social: str, **face: Any) -> Any:
    look = read_appearance({"social": social})
    return replace(partial_outage(), appearance=look, **face)


@pytest.mark.parametrize("kind", [2, 6])
def test_the_status_stands_beneath_what_was_drawn(kind: int) -> None:
    made = document(preview_path(Status.PARTIAL_OUTAGE), worn(png(kind=kind)))

    assert made is not None
    body, channels = made.body, {2: 3, 6: 4}[kind]
    assert struct.unpack(">II", body[16:24]) == (WIDTH, HEIGHT + STRIP)
    (length,) = struct.unpack(">I", body[33:37])
    rows = zlib.decompress(body[41 : 41 + length])
    size = WIDTH * channels + 1
    assert len(rows) == (HEIGHT + STRIP) * size

    def pixel(x: int, y: int) -> bytes:
        at = y * size + 1 + x * channels
        return rows[at : at + 3]

    assert pixel(600, 10) == b"\x6b\x3f\xa0", "what was drawn"
    assert pixel(600, HEIGHT + 3) == bytes.fromhex("e2691c"), "the line in the status's colour"
    assert pixel(25 + 120, HEIGHT + 170) == bytes.fromhex("e2691c"), "the triangle"
    assert pixel(25 + 120, HEIGHT + 115) == b"\xff\xff\xff", "its exclamation mark"
    assert pixel(1100, HEIGHT + 120) == b"\xff\xff\xff"


def test_the_page_names_it_as_a_wide_one_and_which() -> None:
    head = read(render_page(worn(png())))

    address = head.one("meta", property="og:image").attributes["content"]
    assert address.startswith("https://status.example.org/status/preview-partial_outage.png?v=")
    assert head.one("meta", name="twitter:card").attributes["content"] == "summary_large_image"
    other = read(render_page(worn(png(kind=6)))).one("meta", property="og:image")
    assert other.attributes["content"] != address


def test_a_page_that_wears_the_main_pages_look_does_not_wear_its_name() -> None:
    made = document(preview_path(Status.DEGRADED), worn(png(), face=Face("shop", "Shop")))

    assert made is not None
    assert made.body == preview(Status.DEGRADED)


@pytest.mark.parametrize(
    ("social", "told"),
    [
        ("<svg/>", "Networks show no SVG: give a PNG."),
        (png(240, 240), "The social picture has 1200 by 390 pixels."),
        (png(kind=3), "Save the PNG with 8 bits a channel, in RGB, and not interlaced."),
        (png(depth=16), "Save the PNG with 8 bits a channel, in RGB, and not interlaced."),
        (png(rows=b"\0" * 9), "The PNG is damaged or cut short."),
        (png(rows=b"\0" * 30_000_000), "The PNG is damaged or cut short."),
    ],
    ids=["svg", "size", "palette", "depth", "short", "bomb"],
)
def test_what_cannot_stand_above_a_status_is_refused(social: str, told: str) -> None:
    with pytest.raises(AppearanceError) as refused:
        read_appearance({"social": social})

    assert refused.value.errors == {"social": told}


def test_it_goes_with_what_it_was_drawn_of() -> None:
    kept = {"social": "drawn", "social_name": "Larkspur"}
    look = Appearance(name="Larkspur", accent="#6b3fa0", social="drawn", social_name="Larkspur")
    values = {"name": "Larkspur", "accent": "#6b3fa0"}

    assert _social({}, values, look) == kept
    assert _social({}, {**values, "name": "Fernhill"}, look) == {"social": "", "social_name": ""}
    anew = {"social": "anew", "social_name": "Fernhill"}
    assert _social(anew, {**values, "name": "Fernhill"}, look) == anew


@pytest.mark.parametrize(("shows", "is_worn"), [("Northwind", True), ("", True), ("Old", False)])
def test_a_page_that_was_renamed_does_not_wear_its_former_name(shows: str, is_worn: bool) -> None:
    state = worn(png())
    look = replace(state.appearance, social_name=shows)

    made = document(preview_path(Status.DEGRADED), replace(state, appearance=look))

    assert made is not None
    assert (made.body != preview(Status.DEGRADED)) is is_worn
