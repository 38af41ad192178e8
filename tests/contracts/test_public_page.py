"""M01 to M08, M16 to M20: what `/status/` and everything below it promise; R1, R10, R12, L06.

The row is one sentence; each test quotes the ids and takes a part of it.
"""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from components.status import Status
from statuspage.edge.app import EdgeApp
from statuspage.edge.live.events import LiveEvent
from statuspage.edge.live.hub import Hub
from statuspage.publishing import documents, rendered
from statuspage.renderers.html.render import render_page
from statuspage.renderers.json.statuspage_v2 import PATHS as STATUSPAGE_PATHS
from statuspage.state.page_state import PageState
from tests.statuspage.asgi import ask, scope
from tests.statuspage.edge.test_app import Behind
from tests.statuspage.page_html import Element, read
from tests.statuspage.page_states import component, group, page, window
from tests.statuspage.public_pages import pages, partial_outage

HTML = {"accept": "text/html"}
ELSEWHERE = ("src", "srcset", "poster", "background", "action", "formaction", "data")


def door_of(state: PageState) -> tuple[EdgeApp, Behind]:
    behind = Behind()
    door = EdgeApp(behind)
    door._started = True
    door.pages.install(rendered.build(state))
    door.hub.set_state(state)
    return door, behind


def documents_of(state: PageState) -> list[str]:
    return ["/status", "/status/", "/status/api", *STATUSPAGE_PATHS, *documents.all_paths(state)]


@pytest.mark.parametrize("name", sorted(pages()))
def test_m01_m02_m05_every_page_is_complete_and_asks_for_nothing(name: str) -> None:
    """Server-rendered, without JavaScript complete, zero sub-requests."""
    html = pages()[name]

    document = read(html)
    assert document.all("main")
    assert document.one("h1").text
    for element in document.walk():
        own = {key: element.attributes[key] for key in ELSEWHERE if key in element.attributes}
        assert all(value.startswith("/status") for value in own.values()), own
        if element.tag == "link" and element.attributes["rel"] in ("icon", "stylesheet"):
            assert element.attributes["href"].startswith("data:")
    assert b"@import" not in html
    assert not re.search(rb"url\((?!#)", html)


def test_m03_m04_the_page_shows_groups_and_statuses() -> None:
    services = [component("API"), component("Web", status=Status.DEGRADED)]
    document = read(
        render_page(page([group("Core", services), group("Edge", [component("CDN")], pk=2)]))
    )

    told = {
        section.one("h2").text: {
            row.one("h3").text: row.one("span", class_="word").text
            for row in section.all("li", class_="c")
        }
        for section in document.all("section", class_="group")
    }

    assert told == {
        "Core": {"API": "Operational", "Web": "Degraded"},
        "Edge": {"CDN": "Operational"},
    }


def test_m06_m07_incidents_have_their_full_timeline_and_windows_are_listed() -> None:
    state = partial_outage()
    document = read(render_page(state))

    card = document.one("article", id="i-41")
    entries: list[Element] = card.one("ol", class_="timeline").all("li")
    assert len(entries) == len(state.incidents[0].updates)
    assert document.one("article", id="w-1").one("h2").text == state.windows[0].title


@pytest.mark.asyncio
async def test_m08_m16_the_policy_allows_nothing_that_is_not_named() -> None:
    state = partial_outage()
    door, _ = door_of(state)

    for path in documents_of(state):
        answer = await ask(door, scope(path, headers=HTML))
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy


@pytest.mark.asyncio
async def test_m17_m18_every_public_path_lives_under_status_and_none_reaches_django() -> None:
    state = partial_outage()
    door, behind = door_of(state)
    links = {
        link.attributes["href"].split("#")[0].split("?")[0]
        for html in pages().values()
        for link in read(html).all("a") + read(html).all("link")
    }
    links = {link for link in links if link.startswith("/")} - {"/admin/"}

    assert all(link.startswith("/status") for link in links), links
    for path in documents_of(state):
        answer = await ask(door, scope(path))
        assert (path, answer.status) == (path, 200)
    assert behind.seen == []


@pytest.mark.asyncio
async def test_m19_m20_r1_every_document_is_answered_without_a_database() -> None:
    """No test without the mark for it can reach the database: all of this is from memory."""
    state = partial_outage()
    door, _ = door_of(state)

    for path in documents_of(state):
        first = await ask(door, scope(path, headers=HTML))
        known = {"if-none-match": first.headers["etag"], **HTML}
        again = await ask(door, scope(path, headers=known))
        assert (first.status, again.status) == (200, 304), path
        assert "set-cookie" not in first.headers
        assert "stale-if-error" in first.headers["cache-control"]


@pytest.mark.asyncio
async def test_r12_views_at_the_moment_of_publication_are_all_answered() -> None:
    """1,000 views while twenty pages are published; no view renders or reads anything."""
    state = partial_outage()
    door, _ = door_of(state)
    following = [
        rendered.build(
            replace(
                state, version=state.version + n, built_at=state.built_at + timedelta(seconds=n)
            )
        )
        for n in range(1, 4)
    ]
    paths = ("/status", "/status/feed.atom", "/status/incidents/INC-2026-041", "/status/badge.svg")

    async def view(number: int) -> tuple[int, str]:
        answer = await ask(door, scope(paths[number % 4], query=f"n={number}", headers=HTML))
        return answer.status, answer.headers.get("etag", "")

    views: list[Any] = []
    for number in range(1000):
        views.append(asyncio.create_task(view(number)))
        if number % 300 == 299:
            door.pages.install(following[number // 300])
            await asyncio.sleep(0)
    seen = await asyncio.gather(*views)

    assert {status for status, _ in seen} == {200}


def test_l06_r10_an_event_is_encoded_once_however_many_hear_it() -> None:
    """The figures with thousands of real streams are those of `make bench ARGS=streams`."""
    hub = Hub()
    hub.set_state(page())
    viewers = [joined[0] for _ in range(2_000) if (joined := hub.join(None))]
    event = LiveEvent(page().version + 1, "status.global_changed", "{}")

    hub.publish([event], replace(page(), version=event.id))

    assert len(viewers) == 2_000
    assert all(list(viewer.events) == [event] for viewer in viewers)
    assert len({id(viewer.events[0].sse) for viewer in viewers}) == 1


def test_x06_windows_are_listed_nearest_first_and_m07_named() -> None:
    later = window("Later", pk=2)
    document = read(render_page(page(windows=[window("Sooner"), later])))

    assert [card.one("h2").text for card in document.all("article")] == ["Sooner", "Later"]
