"""The picture beside a link: a real PNG, another one for each status."""

import struct
import zlib

import pytest

from components.status import Status
from statuspage.documents import document, is_ours
from statuspage.page.icons import TAB_COLOURS
from statuspage.page.preview import SIZE, preview, preview_path
from statuspage.page.render import render_page
from tests.statuspage.page_html import read
from tests.statuspage.page_scenes import all_good, partial_outage


def pixels(png: bytes) -> tuple[bytes, bytes]:
    """Palette and pixels; fails unless every chunk is whole."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    found, at = {}, 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(
            name + body
        )
        found[name] = body
        at += 12 + length
    assert struct.unpack(">II", found[b"IHDR"][:8]) == (SIZE, SIZE)
    return found[b"PLTE"], zlib.decompress(found[b"IDAT"])


@pytest.mark.parametrize("status", Status)
def test_the_shape_stands_in_its_colour_on_white(status: Status) -> None:
    palette, drawn = pixels(preview(status))

    assert palette[-3:].hex() == TAB_COLOURS[status][1:]
    assert palette[:3] == b"\xff\xff\xff"
    rows = [drawn[n : n + SIZE + 1] for n in range(0, len(drawn), SIZE + 1)]
    assert rows[5][1:] == bytes(SIZE)
    assert max(rows[SIZE // 2]) == 15


def test_every_status_looks_different() -> None:
    assert len({pixels(preview(status))[1] for status in Status}) == len(Status)


def test_the_page_names_the_picture_of_its_status() -> None:
    head = read(render_page(partial_outage()))

    image = head.one("meta", property="og:image").attributes["content"]

    assert image == "https://status.example.org/status/preview-partial_outage.png"
    assert (
        head.one("meta", property="og:description")
        .attributes["content"]
        .startswith("Inference Routing has been partly unavailable")
    )
    path = preview_path(Status.PARTIAL_OUTAGE)
    assert is_ours(path)
    made = document(path, all_good())
    assert made is not None
    assert (made.content_type, made.body) == ("image/png", preview(Status.PARTIAL_OUTAGE))
