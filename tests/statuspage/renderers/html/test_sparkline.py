"""A day of response times as one small line, told in words too."""

from statuspage.renderers.html.render import render_page
from statuspage.renderers.html.sparkline import sparkline
from tests.statuspage.page_html import read
from tests.statuspage.page_states import component, one


def test_the_line_rises_from_half_of_the_lowest_value() -> None:
    drawing = read(sparkline([100, 100, 50, 100]).encode()).one("svg")

    assert drawing.one("path").attributes["d"] == "M0 0h1v1h1"
    assert drawing.attributes["viewbox"] == "0 0 2 4"


def test_two_hours_without_an_answer_are_a_gap_and_one_is_told_by_its_neighbour() -> None:
    assert 'd="M0 0h1M2 0h1"' in sparkline([10, None, None, None, 10, 10])


def test_its_extremes_are_told_in_words() -> None:
    drawing = read(sparkline([61, 140, None, 1_200]).encode()).one("svg")

    assert drawing.attributes["role"] == "img"
    assert drawing.attributes["aria-label"] == "Last 4 h: 61 ms to 1.2 s"


def test_a_steady_line_is_told_once() -> None:
    assert 'h: 20 ms"' in sparkline([20] * 24)


def test_less_than_two_hours_are_no_line() -> None:
    assert sparkline([]) == sparkline([None] * 24) == sparkline([None, 85]) == ""


def test_each_component_shows_its_own() -> None:
    document = read(render_page(one(component(response_ms=[80, 90] * 12, latency_ms=85))))

    figure = document.one("li", class_="c").one("span", class_="ms")
    assert figure.one("svg", class_="spark").attributes["aria-label"].endswith("80 ms to 90 ms")
