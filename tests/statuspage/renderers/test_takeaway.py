"""Feeds, calendars, badges and text, read by parsers that are not ours."""

from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import feedparser
import icalendar
import ics
import pytest

from components.status import Status
from statuspage.renderers import (
    badges,
    banner,
    calendar,
    feeds,
    text,
)
from statuspage.renderers.scope import Scope, scope_of
from statuspage.state.page_state import PageState
from tests.statuspage.page_states import (
    NOW,
    at,
    component,
    group,
    incident,
    page,
    update,
    window,
)

NASTY = 'A & <script>alert(1)</script> {{7*7}} ]]> \x07"'


def told() -> PageState:
    api, search = component("API", pk=1, uptime=99.98), component("Search", pk=2)
    return page(
        [group(components=[api, search])],
        status=Status.PARTIAL_OUTAGE,
        incidents=[
            replace(
                incident(components=["API"], updates=[update("We **look** at it.")]),
                reference="INC-2026-002",
            )
        ],
        past_incidents=[
            replace(
                incident(
                    "Slow search",
                    pk=2,
                    components=["Search"],
                    started_at=at(9, days=-2),
                    resolved_at=at(10, days=-2),
                ),
                reference="INC-2026-001",
            )
        ],
        windows=[
            replace(
                window(components=["API"], message="New disks."),
                reference="MAINT-2026-001",
                sequence=3,
                changed_at=at(8),
            )
        ],
    )


@pytest.mark.parametrize("write", [feeds.atom, feeds.rss])
def test_feeds_tell_incidents_open_first_and_maintenance(write: object) -> None:
    read = feedparser.parse(write(Scope(told())))  # type: ignore[operator]

    assert not read.bozo
    assert [entry.title for entry in read.entries] == [
        "Investigating: Elevated errors",
        "Investigating: Slow search",
        "Maintenance scheduled: Database work",
    ]
    assert read.entries[0].link == "https://status.example.org/status/incidents/INC-2026-002"
    assert "<strong>look</strong>" in read.entries[0].summary


@pytest.mark.parametrize("write", [feeds.atom, feeds.rss])
def test_a_components_feed_tells_of_it_alone(write: object) -> None:
    scope = scope_of(told(), "search")
    assert scope is not None

    read = feedparser.parse(write(scope))  # type: ignore[operator]

    assert [entry.title for entry in read.entries] == ["Investigating: Slow search"]


def test_without_news_a_feeds_bytes_stay_the_same() -> None:
    later = replace(told(), built_at=NOW + timedelta(hours=1), version=5000)

    for write in (feeds.atom, feeds.rss, calendar.calendar, badges.status_badge):
        assert write(Scope(told())) == write(Scope(later))
    empty = replace(page(), built_at=NOW + timedelta(hours=1))
    assert feeds.atom(Scope(page())) == feeds.atom(Scope(empty))


def test_the_calendar_reads_alike_in_two_libraries() -> None:
    written = calendar.calendar(Scope(told()))

    (event,) = icalendar.Calendar.from_ical(written).walk("VEVENT")
    assert event["uid"] == "MAINT-2026-001@status.example.org"
    assert event["sequence"] == 3
    assert event["status"] == "CONFIRMED"
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (at(6, days=1), at(8, days=1))
    (other,) = ics.Calendar(written.decode()).events
    assert other.uid == event["uid"]
    assert other.begin.datetime == at(6, days=1)


def test_a_cancelled_window_is_cancelled_in_calendars() -> None:
    state = told()
    gone = replace(state.windows[0], state="cancelled", sequence=4)
    state = replace(state, windows=(), past_windows=(gone,))

    (event,) = icalendar.Calendar.from_ical(calendar.calendar(Scope(state))).walk("VEVENT")

    assert event["uid"] == "MAINT-2026-001@status.example.org"
    assert (event["status"], event["sequence"]) == ("CANCELLED", 4)


def test_what_people_wrote_is_inert_everywhere_s3() -> None:
    state = page(
        [group(NASTY, [component(NASTY, slug="nasty")])],
        site_name=NASTY,
        incidents=[
            replace(
                incident(NASTY, components=[NASTY], updates=[update(NASTY)]),
                reference="INC-2026-001",
            )
        ],
        windows=[replace(window(NASTY, message=NASTY), reference="MAINT-2026-001")],
    )
    scope = scope_of(state, "nasty")
    assert scope is not None

    for write in (badges.status_badge, badges.uptime_badge, badges.response_badge):
        assert b"<script" not in write(scope)
        ET.fromstring(write(scope))
    for feed in (feeds.atom, feeds.rss):
        read = feedparser.parse(feed(scope))
        assert not read.bozo
        assert "<script" not in read.entries[0].summary
        assert "{{7*7}}" in read.entries[0].summary
    for written in (calendar.calendar(scope), text.plain_text(scope)):
        assert b"\x07" not in written
    assert banner.banner_page(state).count(b"<script") == 1
    assert len(icalendar.Calendar.from_ical(calendar.calendar(scope)).walk("VEVENT")) == 1


@pytest.mark.parametrize("status", list(Status))
def test_a_badge_says_the_status_in_words(status: Status) -> None:
    scope = scope_of(page([group(components=[component(status=status)])]), "api")
    assert scope is not None

    drawn = ET.fromstring(badges.status_badge(scope))

    assert drawn.attrib["aria-label"] == f"API: {status.label}"


def test_badges_never_round_up_nor_invent() -> None:
    known = component(uptime=99.999, latency_ms=84.6)
    new = component("New", uptime=None)
    state = page([group(components=[known, new])])

    assert b"99.99 %" in badges.uptime_badge(Scope(state, known))
    assert b"85 ms" in badges.response_badge(Scope(state, known))
    assert b"no data yet" in badges.uptime_badge(Scope(state, new))
    assert b"not measured" in badges.response_badge(Scope(state, new))


def test_the_text_says_what_is_wrong_first() -> None:
    lines = text.plain_text(Scope(told())).decode().splitlines()

    assert lines[0].startswith("PARTIAL OUTAGE: ") or lines[0].startswith("OPERATIONAL: ")
    assert "Incident, investigating: Elevated errors" in lines
    assert any(line.split() == ["API", "Operational", "99.98", "%"] for line in lines)


def test_the_banner_script_is_two_kilobytes_at_most() -> None:
    assert len(banner.SCRIPT) <= 2048
