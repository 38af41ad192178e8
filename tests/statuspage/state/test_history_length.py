"""A page that shows 30 or 60 days: its bars, its figures and what it says of them agree."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from components.languages.names import NAMES
from components.languages.registry import words_of
from components.status import Status
from components.uptime.periods import Period, day_cells, summarise, uptime_percent
from statuspage.pages.appearance import Appearance
from statuspage.renderers.html.appearance.brand import own_policy
from statuspage.renderers.html.csp import SCRIPT, csp_hash, script_of
from statuspage.renderers.html.numbers import uptime
from statuspage.renderers.html.render import render_page
from statuspage.state.appearance_input import AppearanceError, read_appearance
from statuspage.state.history_length import uptime_since, with_shown_history
from statuspage.state.page_state import Day, PageState
from tests.statuspage.page_html import read
from tests.statuspage.page_states import FIRST, NOW, TODAY, component, day, group, page

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def state(history: str, *days: Day, known_from: datetime = LONG_AGO) -> PageState:
    api = replace(component(days=days, uptime=97.0), known_from=known_from)
    return replace(page([group(components=[api])]), appearance=Appearance(history=history))


def test_90_days_are_the_state_itself() -> None:
    shown = state("90")

    assert with_shown_history(shown) is shown


@pytest.mark.parametrize("history", ["60", "30"])
def test_the_figure_is_that_of_the_days_that_are_shown(history: str) -> None:
    days = int(history)
    before, within = day(days, Status.MAJOR_OUTAGE, 86_400), day(2, Status.MAJOR_OUTAGE, 3_600)
    shown = with_shown_history(state(history, before, within))

    span = (NOW - datetime.combine(shown.history_from, datetime.min.time(), UTC)).total_seconds()
    assert shown.history_from == TODAY - timedelta(days=days - 1)
    assert shown.components[0].uptime == pytest.approx(100 * (1 - 3_600 / span))


def test_it_is_what_the_periods_add_up_to() -> None:
    outage = datetime(2026, 11, 3, 23, 10, 7, 250_000, UTC)
    periods = [
        Period(Status.OPERATIONAL, LONG_AGO, outage),
        Period(Status.PARTIAL_OUTAGE, outage, outage + timedelta(hours=3)),
        Period(Status.UNKNOWN, outage + timedelta(hours=3), outage + timedelta(hours=9)),
        Period(Status.MAINTENANCE, outage + timedelta(hours=9), outage + timedelta(days=2)),
        Period(Status.OPERATIONAL, outage + timedelta(days=2), None),
    ]
    first = TODAY - timedelta(days=29)
    start = datetime.combine(FIRST, datetime.min.time(), UTC)
    summary = summarise(periods, start=start, end=NOW)
    days = tuple(Day(cell.on, cell.status, cell.seconds) for cell in day_cells(summary, end=NOW))
    exact = summarise(periods, start=datetime.combine(first, datetime.min.time(), UTC), end=NOW)

    for counts in (False, True):
        api = replace(component(days=days), known_from=start, maintenance_counts=counts)
        found = uptime_since(api, first, page())
        assert found == pytest.approx(
            uptime_percent(exact.totals, maintenance_counts=counts), abs=1e-3
        )


def test_what_is_known_for_less_keeps_its_figure() -> None:
    young = state("30", known_from=NOW - timedelta(days=3))
    unknown = replace(component(uptime=None), known_from=None)

    assert with_shown_history(young).components[0].uptime == 97.0
    assert uptime_since(unknown, TODAY, young) is None


@pytest.mark.parametrize("tag", NAMES)
@pytest.mark.parametrize("history", ["60", "30"])
def test_the_page_says_of_how_many_days_it_is(history: str, tag: str) -> None:
    words = words_of(tag)

    shown = state(history, day(70, Status.MAJOR_OUTAGE, 9))
    document = read(render_page(shown, words=words))

    assert document.one("p", class_="axis").all("span")[0].text == words(f"{history} days ago")
    strip = document.one("svg", class_="bars")
    assert strip.attributes["viewbox"] == f"0 0 {int(history) * 8 - 2} 32"
    assert history in strip.attributes["aria-label"]
    policy = document.one("footer", class_="end").text
    assert history in policy
    assert "90" not in document.one("main").text + policy
    figure = (
        document.one("li", class_="c")
        .one("span", class_="up")
        .text.replace("\N{NO-BREAK SPACE}", " ")
    )
    assert uptime(100.0, words).replace("\N{NO-BREAK SPACE}", " ") in figure


def test_the_script_ends_where_the_strip_does_and_may_run() -> None:
    short, policy = script_of(30), own_policy(Appearance(history="30"))

    assert script_of(90) is SCRIPT
    assert [SCRIPT.count(each) for each in ("718", "89")] == [2, 5], "see `script_of`"
    assert not any(each in short for each in ("718", "89)", "89]"))
    assert short.count("238") == 2
    assert csp_hash(short) in policy
    assert csp_hash(SCRIPT) not in policy
    assert own_policy(Appearance()) == ""


def test_other_lengths_are_refused_in_words() -> None:
    with pytest.raises(AppearanceError, match="Write one of 90, 60, 30"):
        read_appearance({"history": "45"})
