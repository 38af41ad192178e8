"""The rendered page: complete, honest, inert, small, and one file."""

from dataclasses import replace

import pytest

from components.status import Status
from statuspage.renderers.html import csp
from statuspage.renderers.html.render import render_page
from statuspage.state.page_state import PageState
from tests.statuspage import page_scenes
from tests.statuspage.page_html import Element, read
from tests.statuspage.page_states import (
    at,
    component,
    day,
    group,
    one,
    page,
    window,
)


def shown(state: PageState, *, stale: bool = False) -> Element:
    return read(render_page(state, stale=stale))


@pytest.mark.parametrize("scene", page_scenes.SCENES)
def test_every_scene_is_well_formed_and_without_inline_code(scene: str) -> None:
    document = shown(page_scenes.SCENES[scene]())

    for element in document.walk():
        assert not [name for name in element.attributes if name.startswith("on")]
        assert "style" not in element.attributes


@pytest.mark.parametrize("scene", page_scenes.SCENES)
def test_an_id_stands_for_one_element(scene: str) -> None:
    document = shown(page_scenes.SCENES[scene]())

    ids = [element.attributes["id"] for element in document.walk() if "id" in element.attributes]

    assert len(ids) == len(set(ids))


def test_x03_the_banner_tells_the_overall_status_with_its_label() -> None:
    document = shown(page_scenes.partial_outage())

    banner = document.one("section", class_="banner")

    assert banner.one("h1").text == "Partial Outage"
    assert banner.attributes["data-status"] == "partial_outage"
    assert banner.one("use").attributes["href"] == "#i-partial_outage"
    assert document.one("title").text == "Partial Outage · Northwind status"


@pytest.mark.parametrize("status", Status)
def test_x03_x07_every_level_is_told_in_word_shape_and_colour(status: Status) -> None:
    document = shown(page([group(components=[component()])], status=status))

    banner = document.one("section", class_="banner")

    assert banner.one("h1").text == status.label
    assert banner.one("use").attributes["href"] == f"#i-{status}"
    assert banner.attributes["data-status"] == status


def test_x04_every_component_has_an_indicator_in_its_group() -> None:
    document = shown(page_scenes.partial_outage())

    platform, compute = document.all("section", class_="group")

    assert platform.one("h2").text == "Platform"
    assert [h3.text for h3 in platform.all("h3")] == [
        "API",
        "Inference Routing",
        "AI Services",
        "Dashboard",
        "Model Storage",
    ]
    assert [h3.text for h3 in compute.all("h3")] == ["GPU Clusters", "Shared Agents"]
    assert platform.one("li", id="c-inference-routing").one("span", class_="word").text == (
        "Partial Outage"
    )


def test_x04_a_component_of_each_status_has_its_word_and_its_shape() -> None:
    document = shown(page_scenes.every_status())

    for status in Status:
        row = document.one("li", id=f"c-service-{status.label.lower().replace(' ', '-')}")
        assert row.one("span", class_="word").text == status.label
        assert row.one("use").attributes["href"] == f"#i-{status}"
        assert row.attributes["data-status"] == status


def test_x05_a_component_shows_90_days_and_its_uptime_with_two_decimals() -> None:
    state = one(component(uptime=99.987, days=[day(4, Status.MAJOR_OUTAGE, 600)]))

    row = shown(state).one("li", class_="c")

    assert "99.98 % uptime" in row.text
    assert row.one("svg", class_="bars").attributes["aria-label"] == (
        "90 days: 1 day with a major outage, 89 days operational."
    )


def test_x05_uptime_without_any_data_is_not_invented() -> None:
    row = shown(one(component(uptime=None, first_known_on=None))).one("li", class_="c")

    assert "no data yet" in row.text
    assert "%" not in row.text


def test_x06_windows_in_progress_and_scheduled_are_listed_nearest_first() -> None:
    document = shown(page_scenes.maintenance())

    cards = document.all("article", data_status="maintenance")

    assert [card.one("h2").text for card in cards] == ["Storage migration", "Certificate renewal"]
    assert "In progress" in cards[0].text
    assert "Scheduled" in cards[1].text


def test_x17_a_window_shows_its_start_its_end_and_its_message() -> None:
    state = page(windows=[window(message="Reads stay *available*.", components=["API"])])

    card = shown(state).one("article", data_status="maintenance")

    assert "Sun 22 Nov, 06:00 – 08:00 UTC" in card.text
    assert [time.attributes["datetime"] for time in card.all("time")] == [
        "2026-11-22T06:00:00Z",
        "2026-11-22T08:00:00Z",
    ]
    assert card.one("em").text == "available"
    assert "503" not in card.text


def test_a_window_that_blocks_the_api_says_so() -> None:
    document = shown(page(windows=[window(blocks_api=True)]))

    assert "API requests are answered with 503" in document.text


def test_x24_the_page_says_when_evidence_was_last_seen() -> None:
    document = shown(page_scenes.all_good())

    fresh = document.one("p", class_="fresh")

    assert fresh.text == "Checked 14:40:08 UTC"
    assert fresh.one("time").attributes["datetime"] == "2026-11-21T14:40:08Z"


def test_x24_an_unknown_component_says_when_it_was_last_seen() -> None:
    state = one(component(status=Status.UNKNOWN, since=at(14, 38), checked_at=at(14, 35, 2)))

    assert shown(state).one("p", class_="note").text == ("Since 14:38 UTC. Last seen 14:35:02 UTC.")


def test_nothing_in_the_bytes_counts_from_now() -> None:
    text = shown(page_scenes.partial_outage()).one("main").text

    for phrase in (" ago.", "seconds ago", "minutes ago", " s ago", "in 9 hours"):
        assert phrase not in text


def test_a_page_that_awaits_its_first_evidence_says_so() -> None:
    state = replace(
        one(component(status=Status.UNKNOWN, checked_at=None, uptime=None)), checked_at=None
    )

    assert shown(state).one("p", class_="fresh").text == "No checks yet"


def test_a_page_run_by_hand_claims_no_checks() -> None:
    state = replace(one(component(checked_at=None)), checked_at=None)

    assert not shown(state).all("p", class_="fresh")


def test_an_empty_page_is_friendly_and_claims_nothing() -> None:
    document = shown(page_scenes.empty())

    assert document.one("h1").text == "Nothing is published here yet"
    assert document.one("title").text == "Nothing published yet · Northwind status"
    assert "Operational" not in document.one("main").text
    assert not document.all("section", class_="past")
    assert document.one("a", href="/admin/").text == "Staff sign-in"


def test_a_stale_page_says_so_and_as_of_when() -> None:
    document = shown(page_scenes.all_good(), stale=True)

    notice = document.one("div", class_="stale")

    assert "cannot reach its own data" in notice.text
    assert "14:40:10 UTC on 21 November 2026" in notice.text
    assert not shown(page_scenes.all_good()).all("div", class_="stale")


def test_demo_data_is_marked() -> None:
    document = shown(replace(page_scenes.all_good(), demo=True))

    assert document.one("aside").text.startswith("Demo data.")
    assert not shown(page_scenes.all_good()).all("aside")


def test_open_incidents_stand_before_windows_groups_and_the_past() -> None:
    document = shown(page_scenes.partial_outage()).one("main")

    order = [
        element.attributes.get("id") or element.attributes.get("class")
        for element in document.children
        if isinstance(element, Element)
    ]

    assert order == ["answer", "i-41", "w-1", "g-1", "g-2", "past"]


def test_m01_an_open_incident_shows_its_whole_timeline_newest_first() -> None:
    card = shown(page_scenes.partial_outage()).one("article", id="i-41")

    entries = [entry.text for entry in card.all("li")]

    assert len(entries) == 2
    assert entries[0].startswith("Identified 14:31 UTC Two of six routers")
    assert entries[1].startswith("Investigating 14:06 UTC About one request")
    assert card.one("strong").text == "We are rolling the change back"
    assert "Affects Inference Routing, AI Services" in card.text


def test_past_incidents_stand_under_their_day_and_quiet_days_take_one_line() -> None:
    past = shown(page_scenes.partial_outage()).one("section", id="past")

    assert [h3.text for h3 in past.all("h3")] == ["Thursday, 19 November", "Friday, 13 November"]
    assert "Slow sign-in for some customers Resolved after 22 min · minor" in past.text
    assert past.one("p", class_="none").text == "No other incidents in the last 14 days."


def test_a_good_fortnight_takes_one_line() -> None:
    past = shown(page_scenes.all_good()).one("section", id="past")

    assert past.text == "Past incidents No incidents in the last 14 days."


def test_the_uptime_policy_stands_on_the_page() -> None:
    footer = shown(page_scenes.all_good()).one("footer")

    assert "a partial outage counts as down by 30 %" in footer.text
    assert "All times are UTC. As of 14:40:10 UTC on 21 November 2026." in footer.text


def test_the_page_links_only_to_what_exists() -> None:
    document = shown(page_scenes.every_status())

    links = {link.attributes["href"] for link in document.all("a")}

    own = {each for each in links if each.startswith("/status/components/")}
    assert len(own) == len(page_scenes.every_status().components)
    assert links - own == {
        *("#now", "/status", "/status/history", "/status?format=json", "/status.txt", "/admin/"),
        *("/status/feed.atom", "/status/calendar.ics", "/status/subscribe"),
    }


def test_m01_the_page_asks_for_nothing_else() -> None:
    document = shown(page_scenes.partial_outage())

    assert not document.all("img") + document.all("iframe") + document.all("object")
    fetched = [each for each in document.all("link") if each.attributes["rel"] == "icon"]
    assert {link.attributes["rel"] for link in document.all("link")} == {
        *("icon", "canonical", "alternate"),
    }
    assert [each.attributes["href"][:19] for each in fetched] == ["data:image/svg+xml,"]
    assert all("src" not in script.attributes for script in document.all("script"))
    assert "url(http" not in csp.STYLE
    assert "@import" not in csp.STYLE


def test_l07_without_scripts_the_page_reloads_itself() -> None:
    meta = shown(page_scenes.all_good()).one("noscript").one("meta")

    assert meta.attributes == {"http-equiv": "refresh", "content": "60"}


def test_the_script_finds_the_version_it_shows() -> None:
    main = shown(page_scenes.all_good()).one("main")

    assert main.attributes["data-version"] == "4711"
    assert main.attributes["data-built"] == "2026-11-21T14:40:10Z"
