"""M: the page at `/status/` as the administration API's readers know it."""

import asyncio
import json
import re
from typing import Any

import pytest

from statuspage.api import schema_view
from statuspage.edge.app import EdgeApp
from statuspage.publishing import rendered
from statuspage.state.page_state import PageState
from tests.statuspage import page_scenes
from tests.statuspage.asgi import Answer, ask, scope

BESIDE = ("/status.txt", "/ping/", "/api/", "/v2/", "/manage/")
"""The other rooms: a short name for terminals, heartbeats, and the APIs."""


async def _behind(*_: Any) -> None:
    raise AssertionError("the page is answered before Django")


def get(state: PageState, path: str) -> Answer:
    door = EdgeApp(_behind)
    door._started = True
    door.pages.install(rendered.build(state))
    return asyncio.run(ask(door, scope(path, headers={"accept": "text/html"})))


@pytest.mark.parametrize("path", ["/status", "/status/"])
def test_m01_m02_the_page_is_complete_as_it_is_served(path: str) -> None:
    """M01, M02, M06, M07, M08, M16, M17: groups, components, statuses, incidents with their FULL
    timeline and windows are in the HTML itself, without any script having run."""
    state = page_scenes.partial_outage()

    answer = get(state, path)

    html = re.sub(r"<script.*?</script>", "", answer.body.decode(), flags=re.DOTALL)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    told = [group.name for group in state.groups if group.name]
    told += [component.name for component in state.components]
    told += [component.status.label for component in state.components]
    told += [incident.title for incident in state.incidents]
    told += [window.title for window in state.windows]
    assert len(told) > 15
    assert [words for words in told if words not in html] == []
    updates = [each for incident in state.incidents for each in incident.updates]
    assert html.count("<time") >= len(updates) + len(state.windows)
    assert [each for each in updates if each.message.split("\n")[0][:20] not in html] == []


def test_m04_m05_the_page_is_one_file_and_fits_a_phone() -> None:
    """M04, M05, M19, M20: embedded CSS, no sub-request, a policy that allows none, and a width
    that follows the device. (That nothing scrolls sideways from 320 px on is seen in Chromium.)"""
    answer = get(page_scenes.partial_outage(), "/status/")

    html = answer.body.decode()
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<style>" in html
    assert not re.search(r"<link[^>]*rel=.?stylesheet|<script[^>]*src|<img|<iframe|@import", html)
    assert re.search(r'name="?viewport"? content="width=device-width', html)


def test_every_public_address_lives_under_status_so_that_one_proxy_rule_opens_it() -> None:
    """M03, M18 among them: the stream at `/status/events`."""
    paths = json.loads(schema_view.document())["paths"]
    elsewhere = [path for path in paths if path != "/status" and not path.startswith("/status/")]

    html = get(page_scenes.partial_outage(), "/status/").body.decode()
    links = re.findall(r'href="?(/[^"\s>]*)', html)

    assert "/status/events" in paths
    assert [path for path in elsewhere if not path.startswith(BESIDE)] == []
    assert links
    # Staff go in by a door of their own.
    assert [link for link in links if not link.startswith(("/status", "/admin/"))] == []
