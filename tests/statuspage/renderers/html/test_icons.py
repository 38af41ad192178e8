"""A shape of its own for each status, in the page and in the browser's tab."""

import re
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from components.status import Status
from statuspage.renderers.html.icons import FAVICONS, icon, symbols
from tests.statuspage.page_html import read


def test_every_status_has_a_shape_of_its_own() -> None:
    drawn = read(symbols(Status).encode()).all("symbol")

    shapes = {str(symbol.children) for symbol in drawn}

    assert {symbol.attributes["id"] for symbol in drawn} == {f"i-{status}" for status in Status}
    assert len(shapes) == len(Status)


def test_only_the_shapes_that_are_needed_are_drawn() -> None:
    drawn = read(symbols([Status.UNKNOWN]).encode()).all("symbol")

    assert [symbol.attributes["id"] for symbol in drawn] == ["i-unknown"]


def test_a_shape_is_hidden_from_those_who_hear_the_word() -> None:
    assert read(icon(Status.DEGRADED).encode()).one("svg").attributes["aria-hidden"] == "true"


def test_a_tab_icon_needs_no_request_and_is_a_valid_address() -> None:
    """F-M11: RFC 3986, 2: other characters than these are written with `%`."""
    for status, address in FAVICONS.items():
        assert re.fullmatch(r"data:image/svg\+xml,(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-F]{2})+",
                            address)  # fmt: skip
        drawing = ET.fromstring(unquote(address.partition(",")[2]))
        assert drawing.tag.endswith("svg"), status
