"""A shape of its own for each status, in the page and in the browser's tab."""

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


def test_a_tab_icon_needs_no_request_and_fits_between_single_quotes() -> None:
    for address in FAVICONS.values():
        assert address.startswith("data:image/svg+xml,<svg")
        assert not set(address) & set("'#&")
