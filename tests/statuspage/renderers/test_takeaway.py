"""Feeds, calendars, badges and text, read by parsers that are not ours."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import feedparser
import icalendar
import ics
import pytest

from components.languages.registry import words_of
from components.markup.characters import display_width
from components.status import Status
from statuspage.renderers import (
    badges,
    banner,
    calendar,
    feeds,
    text,
)
from statuspage.renderers.html.numbers import uptime
from statuspage.renderers.scope import Scope, scope_of, scope_of_group
from statuspage.state.page_state import IdentityView, PageState
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

UUID = "5e2b5c1a-8f63-4d0b-9f0e-0c1d2e3f4a5b"
ATOM = "{http://www.w3.org/2005/Atom}"
NASTY = 'A & <script>alert(1)</script> {{7*7}} ]]> \x07"'


def told() -> PageState:
    api, search = component("API", pk=1, uptime=99.98), component("Search", pk=2)
    state = page(
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
    return replace(state, identity=IdentityView(UUID))


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


def with_another_address(state: PageState) -> PageState:
    return replace(state, site_url="https://moved.example.net")


def ids_of(state: PageState) -> list[str]:
    entries = [*feedparser.parse(feeds.atom(Scope(state))).entries,
               *feedparser.parse(feeds.rss(Scope(state))).entries]  # fmt: skip
    events = icalendar.Calendar.from_ical(calendar.calendar(Scope(state))).walk("VEVENT")
    feed = ET.fromstring(feeds.atom(Scope(state))).findtext(f"{ATOM}id") or ""
    return [feed, *(each.id for each in entries), *(str(each["uid"]) for each in events)]


def test_ids_stay_when_the_page_moves() -> None:
    """F-M11: RFC 4287, 4.2.6: "When an Atom Document is relocated, migrated, syndicated,
    republished, exported, or imported, the content of its atom:id element MUST NOT change."
    RFC 5545, 3.8.4.7: a UID is a "persistent, globally unique identifier"."""
    assert ids_of(told()) == ids_of(with_another_address(told()))
    assert len(set(ids_of(told()))) == 1 + 3 + 1


def test_what_was_published_under_a_former_id_keeps_it() -> None:
    """F-M11: to a reader another id is another entry, read anew."""
    former = IdentityView(UUID, "https://old.example.org", NOW)
    state = replace(told(), identity=former)
    later = replace(state.incidents[0], created_at=NOW + timedelta(days=1))
    state = replace(state, incidents=(later,))

    feed, new, old, *_ = ids_of(with_another_address(state))

    assert feed == "https://old.example.org/status"
    assert new.startswith("urn:uuid:")
    assert old == "https://old.example.org/status/incidents/INC-2026-001"
    assert ids_of(state)[-1] == "MAINT-2026-001@old.example.org"


def test_atom_is_as_rfc_4287_has_it() -> None:
    """F-M11: 4.1.1: "atom:feed elements MUST contain one or more atom:author elements, unless all
    of the atom:feed element's child atom:entry elements contain at least one"; "MUST contain
    exactly one atom:id", "exactly one atom:title", "exactly one atom:updated"; 4.1.2 for entries
    alike. 3.2: a person "MUST contain exactly one atom:name". 4.2.6: an id is an IRI."""
    feed = ET.fromstring(feeds.atom(Scope(told())))

    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Northwind"
    for each in (feed, *feed.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(each.findall(f"{ATOM}{name}")) == 1
        assert urlsplit(each.findtext(f"{ATOM}id") or "").scheme
    links = [each.attrib for each in feed.findall(f"{ATOM}link")]
    assert {each.get("rel") for each in links} == {"alternate", "self"}


def test_an_update_moves_the_date_and_not_the_publication() -> None:
    """F-M11: RFC 4287, 4.2.9: `published` is "an instant in time associated with an event early in
    the life cycle of the entry"; 4.2.15: `updated` is the last that the publisher "considers
    significant". RSS has one date, which readers sort by."""
    before = told()
    later = replace(
        before.incidents[0],
        created_at=at(7),
        started_at=at(1),
        updates=(update("More.", created_at=NOW), *before.incidents[0].updates),
    )
    first = replace(before, incidents=(replace(before.incidents[0], created_at=at(7)),))
    second = replace(before, incidents=(later,))

    atom = [feedparser.parse(feeds.atom(Scope(each))).entries[0] for each in (first, second)]
    rss = [feedparser.parse(feeds.rss(Scope(each))).entries[0] for each in (first, second)]

    assert atom[0].published == atom[1].published
    assert atom[0].updated < atom[1].updated
    assert atom[0].id == atom[1].id == rss[0].id == rss[1].id
    assert rss[0].published_parsed < rss[1].published_parsed
    assert b'<guid isPermaLink="false">' in feeds.rss(Scope(first))


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
    assert event["uid"] == f"MAINT-2026-001@{UUID}"
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

    assert event["uid"] == f"MAINT-2026-001@{UUID}"
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


@pytest.mark.parametrize("tag", ["en", "de", "ja"])
def test_the_columns_of_the_text_stand_beneath_each_other(tag: str) -> None:
    services = [
        component("データベース", pk=1, slug="a", uptime=99.0, status=Status.DEGRADED),
        component("API", pk=2, slug="b", uptime=99.0),
        component("Ze\u0301ro", pk=3, slug="c", uptime=99.0, status=Status.PARTIAL_OUTAGE),
    ]

    words = words_of(tag)
    told = text.plain_text(Scope(page([group(components=services)]), words=words)).decode()

    figure = uptime(99.0, words)
    lines = [line for line in told.splitlines() if line.endswith(figure)]
    assert len(lines) == 3
    assert len({display_width(line) for line in lines}) == 1
    status = words(Status.OPERATIONAL.label)
    assert f"  API           {status}" in told, "as wide as six wide characters, and two spaces"


@pytest.mark.parametrize(
    ("status", "told"),
    [(Status.PARTIAL_OUTAGE, b"12 ms"), (Status.MAJOR_OUTAGE, b"not measured")],
)
def test_a_badge_shows_no_response_time_of_what_does_not_answer(
    status: Status, told: bytes
) -> None:
    """F-T17"""
    api = component(status=status, latency_ms=12)
    state = page([group(components=[api])])

    for scope in (Scope(state), Scope(state, api)):
        assert told in badges.response_badge(scope)


def test_the_text_of_a_page_without_components_is_written() -> None:
    assert text.plain_text(Scope(page([])))


def test_the_banner_script_is_two_kilobytes_at_most() -> None:
    assert len(banner.SCRIPT) <= 2048


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("データベース検索サービス", 12 * 11),
        ("서비스", 3 * 11),
        ("🔥🔥", 22),
        ("Ｆｕｌｌ", 44),
        ("ЖЩЮ", 24),
    ],
)
def test_wide_letters_have_their_room_on_a_badge(name: str, least: int) -> None:
    """F-M7: UAX #11: a wide letter is as wide as it is high."""
    drawn = ET.fromstring(badges.status_badge(Scope(page(site_name=name))))

    text = next(each for each in drawn.iter() if each.text == name and "textLength" in each.attrib)
    assert float(text.attrib["textLength"]) >= least
    assert text.attrib["lengthAdjust"] == "spacingAndGlyphs", "joined scripts stay joined"


def test_combining_marks_take_no_room_on_a_badge() -> None:
    plain, marked = (
        ET.fromstring(badges.status_badge(Scope(page(site_name=name)))).attrib["width"]
        for name in ("שלום", "שָׁלוֹם")
    )

    assert plain == marked


def two_groups() -> PageState:
    """Three known services, one new, one that does not count for the overall status."""
    services = [
        component("A", pk=1, uptime=99.0, latency_ms=10, status=Status.DEGRADED),
        component("B", pk=2, uptime=98.0, latency_ms=20),
        component("C", pk=3, uptime=None),
        component("D", pk=4, uptime=10.0, latency_ms=30, counts_for_overall=False),
    ]
    return page([
        group("Core", services),
        group("Edge", [component("E", pk=5, uptime=100.0)], pk=2),
        group("", [component("F", pk=6, uptime=None)], pk=None),
    ])  # fmt: skip


def test_a_group_has_badges_of_what_is_in_it() -> None:
    state = two_groups()

    scope = scope_of_group(state, "core")

    assert scope is not None
    drawn = [
        ET.fromstring(write(scope)).attrib["aria-label"].replace("\N{NO-BREAK SPACE}", " ")
        for write in (badges.status_badge, badges.uptime_badge, badges.response_badge)
    ]
    assert drawn == [
        "Core: Degraded",
        "Core uptime, 90 days: 98.50 %",
        "Core response time: 20 ms",
    ]
    assert b"99.00" in badges.uptime_badge(Scope(state))
    assert scope_of_group(state, "none") is None
    assert scope_of_group(state, "") is None


def test_a_group_is_told_of_what_concerns_its_components_alone() -> None:
    state = told()
    core = scope_of_group(state, "platform")
    other = Scope(state, group=group("Other", [component("Else", pk=9)], pk=2))

    assert core is not None
    assert core.name == "Platform · Northwind"
    assert core.incidents() == Scope(state).incidents()
    assert other.incidents() == []
