"""The gate: what is blocked during a window, what stays up, and real proxies that ask it."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.urls import get_resolver

from statuspage.edge.app import EdgeApp
from statuspage.edge.maintenance_gate import Gate, is_exempt
from statuspage.publishing import rendered
from statuspage.state.page_state import BlockView
from tests import proxies
from tests.journeys.product import free_port
from tests.statuspage.asgi import Answer, ask, scope
from tests.statuspage.page_states import page as page_state
from tests.waiting import PATIENCE

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def block(
    *slugs: str, start: timedelta = -HOUR, end: timedelta = HOUR, at: datetime = NOW, **fields: Any
) -> BlockView:
    values = {"window_id": 7, "title": "Move to new disks", "everything": not slugs, **fields}
    return BlockView(starts_at=at + start, ends_at=at + end, slugs=slugs, **values)


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now.timestamp()


async def behind(asked: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"behind"})


def show(door: EdgeApp, *blocks: BlockView) -> None:
    shown = door.pages.snapshot
    state = replace(page_state(), blocks=blocks, built_at=datetime.now(UTC))
    door.pages.install(rendered.build(state))
    assert door.pages.snapshot is not shown


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(clock: Clock) -> EdgeApp:
    made = EdgeApp(behind)
    made._started = True
    made.gate = Gate(made.pages, clock=clock)
    return made


async def gate(door: EdgeApp, query: str = "", method: str = "GET", **headers: str) -> Answer:
    return await ask(door, scope("/status/gate", method, query, headers=headers))


async def test_a_blocking_window_answers_503_and_names_itself_x18_x23(door: EdgeApp) -> None:
    show(door, block("shop"))

    for path in ("/api/v1/monitors", "/v2/anything", "/status/gate"):
        answer = await ask(door, scope(path))
        told = json.loads(answer.body)
        assert answer.status == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "3600"
        assert answer.headers["cache-control"] == "no-store"
        assert "Move to new disks" in told["detail"]
        assert told["window"]["ends_at"] == "2026-11-21T15:00:00Z"


async def test_it_begins_and_ends_with_the_clock_to_the_second_x18(
    door: EdgeApp, clock: Clock
) -> None:
    show(door, block())
    seen = []

    for seconds in (-3601, -3600, 3599.9, 3600):
        clock.now = NOW + timedelta(seconds=seconds)
        seen.append((await ask(door, scope("/api/v1/monitors"))).status)

    assert seen == [200, 503, 503, 200]


async def test_retry_after_is_what_is_left_and_never_nothing(door: EdgeApp, clock: Clock) -> None:
    show(door, block(end=timedelta(seconds=90)), block(end=timedelta(seconds=30), title="Other"))

    first = await gate(door)
    clock.now = NOW + timedelta(seconds=89.9)
    last = await gate(door)

    assert (first.headers["retry-after"], last.headers["retry-after"]) == ("90", "1")


async def test_with_the_windows_end_published_it_is_over_at_once_x18(door: EdgeApp) -> None:
    show(door, block())
    assert (await ask(door, scope("/api/v1/monitors"))).status == 503

    show(door)

    assert (await ask(door, scope("/api/v1/monitors"))).status == 200


OPEN, SHUT = True, False
TABLE = [
    # Everything outside of the APIs.
    ("/", "GET", OPEN), ("/status", "GET", OPEN), ("/status/api", "GET", OPEN),
    ("/status/events", "GET", OPEN), ("/status/subscribe", "POST", OPEN),
    ("/status/confirm/x", "POST", OPEN), ("/status/unsubscribe/x", "POST", OPEN),
    ("/admin/maintenance/window/1/change/", "POST", OPEN), ("/manage/status", "GET", OPEN),
    ("/livez", "GET", OPEN), ("/ping/4f1c", "POST", OPEN), ("/apiary", "GET", OPEN),
    # Heartbeats, reports of agents.
    ("/api/push/4f1c", "GET", OPEN), ("/api/v1/readers/heartbeat", "POST", OPEN),
    ("/api/v1/agent/results", "POST", OPEN), ("/api/v1/bounces", "POST", OPEN),
    ("/anymail/postmark/tracking/", "POST", OPEN),
    # Status, read in every dialect.
    ("/api/v2/summary.json", "GET", OPEN), ("/api/v2/incidents/unresolved.json", "HEAD", OPEN),
    ("/v2/monitoring/system-status", "GET", OPEN), ("/api/v1/status/incidents", "GET", OPEN),
    ("/api/v1/status/maintenance/3", "GET", OPEN), ("/api/v1/status/components", "GET", OPEN),
    # The way out of a window.
    ("/api/v1/status/maintenance/3/complete", "POST", OPEN),
    ("/api/v1/status/maintenance/3/cancel", "POST", OPEN),
    ("/v1/pages/4fx/incidents/9ab.json", "PATCH", OPEN),
    # The same in the words of Statuspage.
    ("/v1/pages", "GET", OPEN), ("/v1/pages/4fx/components.json", "GET", OPEN),
    ("/v1/pages/4fx/incidents/unresolved", "GET", OPEN), ("/v1/pages/4fx/incidents", "POST", SHUT),
    ("/v1/pages/4fx/components/9ab", "PATCH", SHUT), ("/v1/pages/4fx/subscribers", "GET", SHUT),
    ("/v1/anything", "GET", SHUT), ("/v1x", "GET", OPEN),
    # Everything else.
    ("/api/v1/status/incidents", "POST", SHUT), ("/api/v1/status/maintenance/3", "PATCH", SHUT),
    ("/api/v1/status/maintenance/3/start", "POST", SHUT), ("/api/v1/monitors", "GET", SHUT),
    ("/api/v1/status/subscribers", "GET", SHUT), ("/api/v2/summary.json", "POST", SHUT),
    ("/v2/monitoring/system-status", "POST", SHUT), ("/v2/anything", "GET", SHUT),
    ("/api", "GET", SHUT), ("/api/", "GET", SHUT), ("/v2", "GET", SHUT),
    ("/api/v1/bouncesx", "POST", SHUT), ("/api/v1/statusx", "GET", SHUT),
    ("/api/v1/agentx", "GET", SHUT),
]  # fmt: skip


@pytest.mark.parametrize(("path", "method", "up"), TABLE)
async def test_what_stays_up_while_the_api_is_blocked_c6(
    door: EdgeApp, path: str, method: str, up: bool
) -> None:
    assert is_exempt(path, method) is up


def _routes(patterns: Any, prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        path = f"{prefix}{pattern.pattern}"
        if hasattr(pattern, "url_patterns"):
            yield from _routes(pattern.url_patterns, path)
        else:
            yield "/" + path


def test_of_all_routes_only_those_of_the_apis_are_ever_blocked_c6() -> None:
    blocked = {
        route
        for route in _routes(get_resolver().url_patterns)
        if not all(is_exempt(route, method) for method in ("GET", "POST"))
    }

    assert "/api/v1/monitors" in blocked
    assert all(route.startswith(("/api/", "/v1/", "/v2/")) for route in blocked)
    assert not any("heartbeat" in route or "/agent/" in route for route in blocked)


async def test_before_the_first_page_everything_passes(door: EdgeApp) -> None:
    assert (await ask(door, scope("/api/v1/monitors"))).status == 200
    assert (await gate(door)).status == 204


@pytest.mark.parametrize(
    ("blocks", "query", "status"),
    [
        ([], "component=shop", 204),
        ([block("shop")], "component=shop", 503),
        ([block("shop")], "component=api", 204),
        ([block("shop")], "component=api&component=shop", 503),
        ([block("shop")], "", 503),
        ([block()], "component=api", 503),
        ([block("shop")], "component=no-such", 204),
        ([block("shop")], "component=shop&deny=403", 403),
        ([block("shop")], "component=api&deny=403", 204),
        ([block("shop")], "deny=500", 400),
        # Hidden: it blocks the API as such, and no component that could be asked for.
        ([block(everything=False, title="")], "component=secret", 204),
        ([block(everything=False, title="")], "", 503),
    ],
)
async def test_the_gate_answers_for_the_component_x23(
    door: EdgeApp, blocks: list[BlockView], query: str, status: int
) -> None:
    show(door, *blocks)

    answer = await gate(door, query)

    assert answer.status == status
    assert answer.headers["cache-control"] == "no-store"


async def test_a_hidden_window_is_not_named_s2(door: EdgeApp) -> None:
    show(door, block(everything=False, title=""))

    told = json.loads((await ask(door, scope("/api/v1/monitors"))).body)

    assert told["detail"].startswith("Maintenance is in progress")
    assert "window" not in told


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
async def test_the_gate_takes_whatever_method_a_proxy_passes_on_x23(
    door: EdgeApp, method: str
) -> None:
    passed = await gate(door, "component=shop", method)
    show(door, block("shop"))
    denied = await gate(door, "component=shop", method, x_forwarded_uri="/?component=other")

    assert (passed.status, denied.status) == (204, 503)
    assert bool(denied.body) is (method != "HEAD")


async def test_the_gate_for_proxies_that_append_their_address(door: EdgeApp) -> None:
    passed = await ask(door, scope("/status/gate/for/shop/v1/orders", "POST"))
    show(door, block("shop"))
    denied = await ask(door, scope("/status/gate/for/shop/v1/orders", "POST"))
    other = await ask(door, scope("/status/gate/for/api/shop"))

    assert (passed.status, denied.status, other.status) == (200, 403, 200)


@pytest.mark.parametrize("kind", ["nginx", "haproxy"])
def test_a_real_proxy_blocks_the_platform_as_documented_and_fails_open_x23(
    kind: str, tmp_path: Path
) -> None:
    door, port = EdgeApp(behind), free_port()
    door._started = True
    now = datetime.now(UTC)
    show(door)

    with proxies.proxy(kind, tmp_path, status_port=port) as url:
        # The status page is away: nothing is blocked.
        time.sleep(0.6)
        assert requests.get(url, timeout=PATIENCE).status_code == 200
        with proxies.asgi_server(door, port):
            time.sleep(0.8)
            assert requests.get(url, timeout=PATIENCE).status_code == 200
            show(door, block("shop", at=now))
            blocked = proxies.answers(url, 503)
            assert int(blocked.headers["Retry-After"]) > 0
            assert blocked.headers["Content-Type"] == "application/problem+json"
            assert blocked.json()["status"] == 503
            show(door, block("other", at=now))
            proxies.answers(url, 200)
            show(door, block("shop", at=now))
            proxies.answers(url, 503)
        proxies.answers(url, 200)
