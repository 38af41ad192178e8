"""The edge: what the public gets without Django and without a database."""

import gzip
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import brotli
import pytest
from django.conf import settings

from statuspage.edge.app import EdgeApp
from statuspage.edge.live.journal_follower import JournalFollower
from statuspage.publishing import rendered, snapshot
from tests.statuspage.asgi import ask, scope
from tests.statuspage.page_states import page as page_state

pytestmark = pytest.mark.asyncio
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


class Behind:
    """What stands where Django does: notes what reaches it."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.read = 0

    async def __call__(self, asked: Any, receive: Any, send: Any) -> None:
        self.seen.append(asked)
        while (message := await receive())["type"] == "http.request":
            self.read += len(message["body"])
            if not message["more_body"]:
                break
        else:
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"behind"})


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def door(behind: Behind) -> EdgeApp:
    """A edge that shows a page and follows nothing."""
    made = EdgeApp(behind)
    made._started = True
    shown = rendered.build(page_state())
    made.pages.install(shown)
    made.hub.set_state(shown.state)
    return made


@pytest.mark.parametrize("path", ["/status", "/status/"])
async def test_both_spellings_answer_200_without_redirect_or_cookie_x01_x02(
    door: EdgeApp, path: str
) -> None:
    answer = await ask(door, scope(path, accept=BROWSER, cookie="statuspage_session=x"))

    assert answer.status == 200
    assert answer.body.startswith(b"<!doctype html>")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("accept", [None, "*/*", "application/json"])
async def test_scripts_get_json_at_the_same_address_x08(door: EdgeApp, accept: str | None) -> None:
    headers = {} if accept is None else {"accept": accept}

    answer = await ask(door, scope("/status", headers=headers))

    assert json.loads(answer.body)["overall"] == "operational"
    assert answer.headers["vary"] == "Accept, Accept-Encoding"


async def test_format_overrides_accept_x08(door: EdgeApp) -> None:
    as_json = await ask(door, scope("/status", query="format=json", accept=BROWSER))
    as_html = await ask(door, scope("/status", query="format=html"))
    as_what = await ask(door, scope("/status", query="format=xml"))

    assert as_json.headers["content-type"] == "application/json"
    assert as_html.headers["content-type"].startswith("text/html")
    assert as_what.status == 400
    assert json.loads(as_what.body)["detail"].startswith("format:")


async def test_headers_promise_what_x11_says(door: EdgeApp) -> None:
    answer = await ask(door, scope("/status"))

    assert answer.headers["access-control-allow-origin"] == "*"
    for word in ("public", "max-age=", "stale-while-revalidate", "stale-if-error"):
        assert word in answer.headers["cache-control"]
    assert answer.headers["etag"].startswith('"')


async def test_encodings_are_ready_made_and_true_x11(door: EdgeApp) -> None:
    plain = await ask(door, scope("/status", accept=BROWSER))
    br = await ask(door, scope("/status", accept=BROWSER, accept_encoding="gzip, br"))
    gz = await ask(door, scope("/status", accept=BROWSER, accept_encoding="gzip"))

    assert brotli.decompress(br.body) == plain.body == gzip.decompress(gz.body)
    assert br.headers["content-encoding"] == "br"
    assert len({answer.headers["etag"] for answer in (plain, br, gz)}) == 3


async def test_a_page_that_is_known_is_not_sent_again_x11(door: EdgeApp) -> None:
    first = await ask(door, scope("/status"))

    again = await ask(door, scope("/status", if_none_match=first.headers["etag"]))

    assert again.status == 304
    assert again.body == b""
    assert again.headers["etag"] == first.headers["etag"]


async def test_head_is_get_without_its_body(door: EdgeApp) -> None:
    head = await ask(door, scope("/status", "HEAD"))
    get = await ask(door, scope("/status"))

    assert head.body == b""
    assert head.headers == get.headers


@pytest.mark.parametrize("path", ["/status", "/status/api"])
async def test_nothing_but_reading_is_possible(door: EdgeApp, path: str) -> None:
    answer = await ask(door, scope(path, "POST"))

    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_random_query_string_costs_nothing_and_changes_nothing(door: EdgeApp) -> None:
    plain = await ask(door, scope("/status"))
    noisy = await ask(door, scope("/status", query="_=83124&utm=x"))

    assert noisy.body == plain.body
    assert noisy.headers == plain.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"x_forwarded_host": "evil.example", "x_forwarded_proto": "gopher"},
        {"daphne_root_path": "/evil"},
        {"x_original_url": "/admin/"},
    ],
)
async def test_no_header_changes_a_byte_of_the_page_s6(
    door: EdgeApp, headers: dict[str, str]
) -> None:
    plain = await ask(door, scope("/status", accept=BROWSER))
    forged = await ask(door, scope("/status", accept=BROWSER, headers=headers))

    assert forged.body == plain.body
    assert forged.headers == plain.headers


async def test_before_the_first_page_there_is_an_honest_503(behind: Behind) -> None:
    empty = EdgeApp(behind)
    empty._started = True

    answer = await ask(empty, scope("/status"))

    assert answer.status == 503
    assert answer.headers["retry-after"] == "2"


async def test_the_root_leads_to_the_page(door: EdgeApp) -> None:
    answer = await ask(door, scope("/"))

    assert (answer.status, answer.headers["location"]) == (307, "/status")


async def test_django_never_sees_a_forged_root_path_s6(door: EdgeApp, behind: Behind) -> None:
    await ask(door, scope("/admin/", daphne_root_path="/evil"))

    assert behind.seen[0]["root_path"] == ""


async def test_an_announced_body_that_is_too_large_is_refused_unread_s7(
    door: EdgeApp, behind: Behind
) -> None:
    answer = await ask(door, scope("/admin/", "POST", content_length="600000000"))

    assert answer.status == 413
    assert behind.seen == []


async def test_a_chunked_body_is_counted_and_cut_off_s7(
    door: EdgeApp, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_limit", 100)

    answer = await ask(door, scope("/admin/", "POST"), chunks=(b"x" * 60,) * 1000)

    assert answer.status == 413
    assert behind.read <= 120


async def test_the_management_listener_serves_nothing_public_and_the_other_way_round(
    door: EdgeApp, behind: Behind
) -> None:
    inside = settings.STATUSPAGE.management_port

    assert (await ask(door, scope("/livez", port=inside))).status == 200
    assert (await ask(door, scope("/admin/", port=inside))).status == 404
    await ask(door, scope("/livez"))
    assert behind.seen[-1]["path"] == "/livez"


async def test_what_this_process_publishes_is_served_at_once(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    installers: list[Any] = []
    monkeypatch.setattr(snapshot, "on_publish", installers.append)
    monkeypatch.setattr(JournalFollower, "start", lambda self: None)
    opened = EdgeApp(behind)
    await ask(opened, scope("/status"))

    installers[0](rendered.build(page_state()))

    assert (await ask(opened, scope("/status"))).status == 200


async def test_an_older_page_never_replaces_a_newer_one(door: EdgeApp) -> None:
    shown = door.pages.snapshot
    older = replace(page_state(), built_at=page_state().built_at - timedelta(seconds=1))

    door.pages.install(rendered.build(older))

    assert door.pages.snapshot is shown


async def test_a_version_never_falls_whatever_the_clocks_of_two_machines_say(door: EdgeApp) -> None:
    at = page_state().built_at
    newer = rendered.build(
        replace(page_state(), version=page_state().version + 1, built_at=at - timedelta(minutes=1))
    )
    older = rendered.build(replace(page_state(), built_at=at + timedelta(minutes=1)))

    door.pages.install(newer)
    door.pages.install(older)
    kept = door.pages.snapshot
    door.pages.install(older, anew=True)

    assert kept is newer, "one that was built by a clock that is behind follows all the same"
    assert door.pages.snapshot is older, "the database was set back"


@pytest.mark.parametrize("path", ["/status", "/x", "/admin/", "/ws/other", "/ws/status/"])
async def test_a_websocket_elsewhere_is_refused_and_reaches_nothing_s19(
    door: EdgeApp, behind: Behind, path: str
) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await door({**scope(path), "type": "websocket"}, receive, send)

    assert sent == [{"type": "websocket.close"}]
    assert behind.seen == []
