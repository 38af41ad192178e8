"""The picture beside a link: a real PNG, another one for each status."""

import struct

import pytest

from components.status import Status
from statuspage.publishing.documents import document, is_document_path
from statuspage.renderers.html.link_preview import SIZE, preview, preview_path
from statuspage.renderers.html.render import render_page
from tests.statuspage.page_html import read
from tests.statuspage.page_scenes import all_good, partial_outage


@pytest.mark.parametrize("status", Status)
def test_there_is_a_picture_for_every_status_large_enough_to_be_shown(status: Status) -> None:
    picture = preview(status)

    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture[16:24]) == (SIZE, SIZE)


def test_every_status_looks_different() -> None:
    assert len({preview(status) for status in Status}) == len(Status)


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
    assert is_document_path(path)
    made = document(path, all_good())
    assert made is not None
    assert (made.content_type, made.body) == ("image/png", preview(Status.PARTIAL_OUTAGE))
