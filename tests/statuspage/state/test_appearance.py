"""Appearances that people enter: read strictly, pictures and CSS inert, colours legible."""

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.pages.appearance import Appearance, PageLink
from statuspage.state.appearance_input import (
    AppearanceError,
    read_appearance,
    restored,
    shortfalls,
    stored,
)
from statuspage.state.colours import (
    NEEDED,
    PAPER,
    SOFT,
    accent_shortfall,
    contrast,
    ground_shortfall,
)
from statuspage.state.drawings import PictureError, sanitise_picture
from statuspage.state.own_css import CLASSES, OwnCssError, sanitise_css
from tests import DOCS

SVG = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"'
COLOUR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    (
        chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        chunk(b"tEXt", b"Comment\0<script>alert(1)</script>"),
        chunk(b"IDAT", zlib.compress(b"\0\0")),
        chunk(b"IEND", b""),
    )
)


def test_an_appearance_is_kept_as_it_was_read_and_only_what_differs() -> None:
    read = read_appearance(
        {
            "name": " Larkspur ",
            "accent": "#63a",
            "header_links": [{"label": "Home", "address": "https://larkspur.example"}],
            "show_uptime": False,
        }
    )

    assert (read.name, read.accent, read.show_uptime) == ("Larkspur", "#6633aa", False)
    assert read.header_links == (PageLink("Home", "https://larkspur.example"),)
    assert restored(stored(read)) == read
    assert stored(Appearance()) == {}
    assert restored({"of_another_release": 1}) == Appearance()


def test_every_wrong_field_is_named_with_what_to_write() -> None:
    with pytest.raises(AppearanceError) as refused:
        read_appearance(
            {
                "accent": "violet",
                "font": "Comic Sans",
                "show_uptime": "yes",
                "footer_links": [{"label": "x", "address": "javascript:alert(1)"}],
                "colour": "#fff",
                "name": "two\nlines",
            }
        )

    errors = refused.value.errors
    assert set(errors) == {"accent", "font", "show_uptime", "footer_links", "colour", "name"}
    assert "#6b3fa0" in errors["accent"]
    assert "humanist" in errors["font"]
    assert "https://" in errors["footer_links"]


@given(COLOUR)
def test_the_nearest_accent_can_be_read_wherever_it_stands(colour: str) -> None:
    for theme in ("light", "dark"):
        short = accent_shortfall(colour, theme)
        if short is not None:
            assert short.ratio < NEEDED <= short.nearest_ratio
            assert accent_shortfall(short.nearest, theme) is None
            assert contrast(short.nearest, PAPER[theme]) >= NEEDED


@given(COLOUR)
def test_the_nearest_ground_lets_words_be_read(colour: str) -> None:
    for theme in ("light", "dark"):
        short = ground_shortfall(colour, theme)
        if short is not None:
            assert contrast(short.nearest, SOFT[theme]) >= NEEDED


def test_the_form_can_say_by_how_much_a_colour_is_not_legible() -> None:
    found = shortfalls(Appearance(accent="#a877e0"))

    assert set(found) == {"accent"}
    assert found["accent"].theme == "light"
    assert round(contrast("#a877e0", "#ffffff"), 1) == 3.3
    assert set(shortfalls(Appearance(accent="#6b3fa0"))) == {"accent_dark"}
    assert not shortfalls(Appearance(accent="#6b3fa0", accent_dark="#c3a2f0"))


def test_a_plain_drawing_stays_as_it_is() -> None:
    drawn = sanitise_picture(
        f'<svg {SVG} width="10"><defs><linearGradient id="a"><stop offset="0" stop-color="#f00"/>'
        '</linearGradient></defs><path fill="url(#a)" d="M0 0h10v10z"/></svg>'.encode()
    )

    assert drawn == (
        f'<svg {SVG}><defs><linearGradient id="a"><stop offset="0" stop-color="#f00"></stop>'
        '</linearGradient></defs><path fill="url(#a)" d="M0 0h10v10z"></path></svg>'
    )
    assert sanitise_picture(drawn.encode()) == drawn


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>',
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'>alert</body></foreignObject>",
        "<style>@import url(https://evil.example)</style>",
        '<image href="https://evil.example/x.png"/>',
        '<image href="data:image/svg+xml,alert"/>',
        '<use href="https://evil.example/x.svg#a"/>',
        '<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="javascript:alert(1)"/>',
        '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
        '<path onload="alert(1)" d="M0 0"/>',
        '<path fill="url(https://evil.example/x)" d="M0 0"/>',
        '<path fill="URL( https://evil.example )" d="M0 0"/>',
        '<path fill="u&#114;l(//evil.example)" d="M0 0"/>',
        '<path style="fill:url(//evil.example)" d="M0 0"/>',
        '<path fill="&quot;&gt;&lt;img src=x onerror=alert(1)&gt;" d="M0 0"/>',
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<set attributeName="onload" to="alert(1)"/>',
        "<handler>alert(1)</handler>",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<?xml-stylesheet href='https://evil.example'?>",
    ],
)
def test_nothing_in_a_drawing_acts_or_asks(inside: str) -> None:
    drawn = sanitise_picture(f"<svg {SVG}>{inside}</svg>".encode())

    for sign in ("script", "alert", "evil", "style", "onload", "onerror", "image", "foreign", "<?"):
        assert sign not in drawn.replace("xmlns", "")


def nested(element: str, reference: str, *, levels: int = 8) -> str:
    """Groups, each of which draws the one before it ten times."""
    groups = (
        f'<{element} id="a{level}">' + f"<{reference.format(level - 1)}/>" * 10 + f"</{element}>"
        for level in range(1, levels + 1)
    )
    return '<g id="a0"><path d="M0 0"/></g>' + "".join(groups)


@pytest.mark.parametrize(
    "inside",
    [
        nested("g", 'use href="#a{}"') + '<use href="#a8"/>',
        nested("g", 'use xlink:href="#a{}"'),
        nested("mask", 'path mask="url(#a{})"') + '<path mask="url(#a8)"/>',
        nested("clipPath", 'path style="clip-path:url(#a{})"') + '<path clip-path="url(#a8)"/>',
        '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
        '<use id="a" href="#a"/>',
        "".join(f'<g id="a{n}"><use href="#a{n + 1}"/></g>' for n in range(900)),
    ],
)
def test_a_drawing_that_draws_its_parts_without_end_is_refused_s3(inside: str) -> None:
    attributes = f'{SVG} xmlns:xlink="http://www.w3.org/1999/xlink"'

    with pytest.raises(PictureError, match="too often"):
        sanitise_picture(f"<svg {attributes}>{inside}</svg>".encode())


def test_a_drawing_may_use_its_parts_again() -> None:
    inside = nested("g", 'use href="#a{}"', levels=3) + '<use href="#a3"/><use href="#none"/>'

    assert sanitise_picture(f"<svg {SVG}>{inside}</svg>".encode()).count("<use") == 32


def test_a_drawing_as_programs_write_it_keeps_its_colours() -> None:
    drawn = sanitise_picture(
        b'<svg xmlns="http://www.w3.org/2000/svg" width="160px" height="32">'
        b"<style>/* x */.a, .b{fill:#6b3fa0;behavior:url(#x)} body .c{fill:#f00} @media print{}"
        b'</style><circle class="a c" r="9"/><path class="b" style="stroke:#fff;filter:url(//x)"/>'
        b'<g style="display:none"/></svg>'
    )

    assert drawn == (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 32">'
        '<circle r="9" fill="#6b3fa0"></circle><path fill="#6b3fa0" stroke="#fff"></path>'
        '<g display="none"></g></svg>'
    )


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg/>',
        b'<!DOCTYPE svg SYSTEM "file:///etc/passwd"><svg/>',
        b"<html/>",
        f"<svg {SVG}>".encode(),
        f"<svg {SVG}>{'<g>' * 50}{'</g>' * 50}</svg>".encode(),
        f"<svg {SVG}>{'<g/>' * 3000}</svg>".encode(),
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"GIF89a",
        b"",
        b"x" * 70_000,
        PNG[:-5],
        PNG.replace(b"IHDR", b"IHDX"),
        b"data:image/png;base64,***",
    ],
)
def test_what_is_no_whole_picture_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(PictureError, match=r"^[A-Z]"):
        sanitise_picture(data)


def test_a_png_keeps_its_pixels_and_nothing_else() -> None:
    address = sanitise_picture(PNG + b"<script>")

    kept = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    assert b"IDAT" in kept
    assert b"script" not in kept
    assert sanitise_picture(address.encode()) == address


def test_own_css_is_written_anew_from_what_is_allowed() -> None:
    css = sanitise_css(
        "/* ours */ :root { --line: #ddd } .banner, .card:hover { border-radius : 4px;"
        " color: color-mix(in srgb, var(--ink) 80%, #fff) }"
    )

    assert css == (
        ":root{--line:#ddd}.banner,.card:hover{border-radius:4px;"
        "color:color-mix(in srgb, var(--ink) 80%, #fff)}"
    )


@pytest.mark.parametrize(
    "css",
    [
        "@import url(https://evil.example);",
        ".banner { background-color: url(https://evil.example) }",
        ".banner { color: \\75rl(x) }",
        ".banner { color: expression(alert(1)) }",
        ".banner { color: red; } </style><script>alert(1)</script>",
        ".banner { color: '</style>' }",
        ".banner { position: fixed }",
        ".banner { behavior: x }",
        "body { color: red }",
        "* { color: red }",
        ".skip { color: red }",
        ".banner[data-x] { color: red }",
        ".banner { color: red",
        "} .banner { color: red }",
        ".banner { --x: url(//evil.example) }",
        ".banner { --x: image-set(a) }",
        ".c { color: red } " * 600,
    ],
)
def test_own_css_that_could_act_ask_or_hide_is_refused(css: str) -> None:
    with pytest.raises(OwnCssError):
        sanitise_css(css)


def test_every_class_that_may_be_styled_is_documented() -> None:
    told = (DOCS / "appearance.md").read_text("utf-8")

    assert not [name for name in CLASSES if f"`.{name}`" not in told]
