"""Groups and rows: in the operators' order, folded when asked, open when something is wrong."""

from dataclasses import replace
from typing import Any

import pytest

from components.status import Status
from components.uptime.layers import Policy
from statuspage.renderers.html.component_rows import group_sections
from statuspage.renderers.html.render import render_page
from statuspage.state.page_state import PageState, RegionView
from tests.statuspage.page_html import Element, read
from tests.statuspage.page_states import NOW, at, component, day, group, incident, one, page


def sections(state: PageState) -> list[Element]:
    return read(group_sections(state).encode()).all("section")


def row(**fields: object) -> Element:
    return sections(one(component(**fields)))[0].one("li", class_="c")  # type: ignore[arg-type]


def test_a_group_without_components_is_not_shown() -> None:
    assert not sections(page([group("Nothing"), group("", pk=None)]))


def test_components_without_any_group_stand_under_a_heading_of_their_own() -> None:
    alone = sections(page([group("", [component()], pk=None)]))
    beside = sections(page([group("A", [component()]), group("", [component("B")], pk=None)]))

    assert alone[0].one("h2").text == "Services"
    assert beside[1].one("h2").text == "Other services"


def test_a_group_says_how_much_works_and_shows_the_worst_shape() -> None:
    services = [component("A"), component("B", status=Status.MAJOR_OUTAGE)]

    head = sections(page([group(components=services)]))[0].one("div", class_="head")

    assert head.one("span", class_="sum").text == "1 of 2 working"
    assert head.one("use").attributes["href"] == "#i-major_outage"


def test_a_group_that_works_needs_no_shape() -> None:
    head = sections(one(component()))[0].one("div", class_="head")

    assert not head.all("use")


def test_a_collapsed_group_is_closed_while_all_is_well() -> None:
    folded = sections(page([group(components=[component()], collapsed=True)]))[0]

    assert "open" not in folded.children[0].attributes  # type: ignore[union-attr]
    assert folded.one("summary", class_="head").one("h2").text == "Platform"


def test_a_collapsed_group_is_open_when_something_in_it_is_wrong() -> None:
    wrong = component(status=Status.DEGRADED)

    folded = sections(page([group(components=[wrong], collapsed=True)]))[0]

    assert "open" in folded.children[0].attributes  # type: ignore[union-attr]


def test_a_group_that_is_to_stay_closed_says_what_is_wrong_in_its_head() -> None:
    wrong = [component(status=Status.DEGRADED), component("B")]

    folded = sections(page([group(components=wrong, collapsed=True, open_when_wrong=False)]))[0]

    assert "open" not in folded.children[0].attributes  # type: ignore[union-attr]
    head = folded.one("summary", class_="head")
    assert head.one("span", class_="sum").text == "All working, 1 degraded"
    assert head.one("use").attributes["href"] == "#i-degraded"


@pytest.mark.parametrize("collapsed", [False, True])
def test_a_group_and_the_page_tell_their_uptime(collapsed: bool) -> None:
    """The mean of those that count and are known, of what is listed only when wrong as well."""
    services = [
        component("A", uptime=99.0),
        replace(component("B", uptime=98.0), only_when_wrong=True),
        component("C", uptime=None),
        component("D", uptime=10.0, counts_for_overall=False),
    ]
    groups = [
        group(components=services, collapsed=collapsed),
        group("New", [component("E", uptime=None)], pk=2),
        group("Calm", [component("F", uptime=100.0)], pk=3),
    ]
    state = page(groups)
    hidden = replace(state, appearance=replace(state.appearance, show_uptime=False))

    heads = [each.one(class_="head") for each in sections(state)]
    banner = read(render_page(state)).one("section", class_="banner")

    told = [[up.text for up in head.all("span", class_="up")] for head in heads]
    assert told == [["98.50 % uptime"], [], ["100 % uptime"]]
    assert banner.one("p", class_="fig").text == "99.00 % uptime in 90 days"
    assert not any(each.one(class_="head").all(class_="up") for each in sections(hidden))
    assert not read(render_page(hidden)).one("section", class_="banner").all("p", class_="fig")


def test_a_row_says_since_when_it_is_wrong_and_what_else_there_is_to_say() -> None:
    wrong = row(status=Status.PARTIAL_OUTAGE, since=at(14, 2), note="4 of 6 routers answer.")

    assert wrong.one("p", class_="note").text == "Since 14:02 UTC. 4 of 6 routers answer."


def test_a_row_that_works_says_nothing_about_since() -> None:
    assert not row(since=at(14, 2)).all("p", class_="note")


def test_a_row_shows_description_uptime_and_response_time() -> None:
    shown = row(description="Core endpoints", uptime=99.98, latency_ms=85.3)

    assert shown.one("span", class_="desc").text == "Core endpoints"
    assert shown.one("span", class_="up").text == "99.98 % uptime"
    assert shown.one("span", class_="ms").text == "85 ms"


@pytest.mark.parametrize("status", [Status.MAJOR_OUTAGE, Status.UNKNOWN])
def test_what_does_not_answer_shows_no_response_time(status: Status) -> None:
    shown = row(status=status, latency_ms=12, response_ms=[20] * 24)

    assert not shown.all("span", class_="ms")
    assert "ms" not in shown.text


def test_what_is_partly_unavailable_shows_the_time_of_its_good_answers_f_t17() -> None:
    shown = row(status=Status.PARTIAL_OUTAGE, latency_ms=12, response_ms=[20] * 24)

    assert shown.one("span", class_="ms").text.startswith("12 ms")


def test_a_region_that_does_not_answer_shows_no_response_time_f_t17() -> None:
    places = [("Virginia", Status.OPERATIONAL), ("Frankfurt", Status.MAJOR_OUTAGE)]
    regions = tuple(RegionView(name, name, status, 12.0, NOW) for name, status in places)
    api = replace(component(status=Status.PARTIAL_OUTAGE), regions=regions)

    table = sections(one(api))[0].one("table", class_="regions")

    cells = [[cell.text for cell in line.all("td")] for line in table.all("tr")]
    assert cells[1:] == [["Operational", "12 ms"], ["Major Outage", ""]]


def test_x05_a_row_unfolds_its_figure_in_words_and_its_notable_days() -> None:
    shown = row(days=[day(3, Status.DEGRADED, 600)])

    details = shown.one("details")

    assert details.one("summary").text == "Details of API"
    assert details.one("p", class_="fig").text == "100 % uptime, measured and declared."
    assert details.one("table").text == "18 Nov reduced performance 10 min"


def test_a_row_without_notable_days_has_nothing_to_unfold() -> None:
    assert not row().all("details")


def test_one_axis_stands_under_each_group() -> None:
    services = [component("A"), component("B")]

    shown = sections(page([group(components=services)]))[0]

    axis = shown.one("p", class_="axis")
    assert axis.text == "90 days ago Uptime measured and declared Today"


def test_beside_the_number_stands_what_it_does_with_maintenance_where_that_matters() -> None:
    worked_on = (day(3, Status.MAINTENANCE, 600),)

    excluded = row(days=worked_on, uptime=99.9).text
    plain = row(uptime=99.9).text
    counted = replace(component(days=worked_on, uptime=99.9), maintenance_counts=True)

    assert "99.90 % uptime, measured and declared, maintenance excluded" in excluded
    assert "99.90 % uptime" in plain
    assert "maintenance" not in plain
    assert "Maintenance counted." in sections(one(counted))[0].one("p", class_="note").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"basis": Policy.MEASURED}, "Uptime measured"),
        ({"basis": Policy.DECLARED}, "Uptime declared"),
        ({"basis": Policy.DECLARED, "by_staff": True}, "Reported by staff"),
        ({"by_staff": True, "uptime": None}, "Reported by staff"),
    ],
)
def test_beside_the_number_stands_what_it_follows_f_t13_f_t15(
    fields: dict[str, Any], words: str
) -> None:
    """Once under a group, and in the row of whoever differs from it."""
    differs = component("Shop", pk=2, **{"uptime": 99.9, **fields})
    usual = [component("A", pk=3), component("B", pk=4)]

    alone = sections(one(differs))[0]
    among = sections(page([group(components=[differs, *usual])]))[0]

    assert words.lower() in alone.text.lower()
    assert among.one("li", id="c-shop").one("p", class_="note").text == f"{words}."
    assert among.one("p", class_="axis").text == "90 days ago Uptime measured and declared Today"
    assert not among.one("li", id="c-a").all("p", class_="note")


def test_affected_by_leads_to_what_causes_it() -> None:
    cause = component("Database", pk=2, status=Status.MAJOR_OUTAGE)
    shop = component("Shop", affected_by=("Database",), note="Affected by Database.")

    rows = sections(page([group(components=[cause, shop])]))[0]

    note = rows.one("li", id="c-shop").one("p", class_="note")
    assert note.text == "Needs Database, which is down. Its own checks are passing."
    assert note.one("a").attributes["href"] == "/status/components/database"


def test_what_needs_something_broken_may_be_affected_and_is_not_green() -> None:
    cause = component("Database", pk=2, status=Status.MAJOR_OUTAGE)
    shop = component("Shop", affected_by=("Database",))
    slow = component("Mail", pk=3, status=Status.DEGRADED, affected_by=("Database",))
    desk = component("Desk", pk=4, affected_by=("Database", "Mail"), by_staff=True)

    rows = sections(page([group(components=[cause, shop, slow, desk])]))[0]

    may = rows.one("li", id="c-shop")
    assert may.one("span", class_="word").text == "May be affected"
    assert may.one("use").attributes["href"] == "#i-may"
    assert may.attributes["data-status"] == "may"
    worse = rows.one("li", id="c-mail")
    assert worse.one("span", class_="word").text == "Degraded"
    assert worse.one("p", class_="note").text == "Affected by Database."
    told = rows.one("li", id="c-desk").one("p", class_="note").text
    assert told == "Needs Database, Mail, which have problems. Reported by staff."


def test_incidents_of_the_whole_span_are_linked_from_their_days() -> None:
    told = replace(
        incident("Old trouble", components=["API"], started_at=at(9, days=-40)),
        resolved_at=at(10, days=-40),
        reference="INC-2026-009",
    )

    shown = sections(replace(one(component()), older_incidents=(told,)))[0]

    (day_row,) = shown.one("table", class_="days").all("tr")
    assert day_row.text == "12 Oct Old trouble"
