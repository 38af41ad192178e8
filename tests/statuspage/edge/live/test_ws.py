"""`/ws/status`: the stream's events as frames, resumable, and for pages that may listen alone."""

import json
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings

from statuspage.access.client_scheme import set_forwarded_scheme
from statuspage.edge.live.hub import Hub
from statuspage.edge.live.ws import StatusConsumer
from tests.statuspage.edge.live.test_hub import hub_at, tell
from tests.waiting import PATIENCE

# Channels looks after its thread's connection when a socket ends.
pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


def knock(hub: Hub, query: str = "", origin: str | None = None) -> Any:
    headers = [(b"host", b"status.example.org")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    caller = WebsocketCommunicator(StatusConsumer.as_asgi(), f"/ws/status{query}", headers)
    caller.scope["statuspage.hub"] = hub
    return caller


async def heard(caller: Any) -> tuple[int, str]:
    frame = json.loads(await caller.receive_from(timeout=PATIENCE))
    return frame["id"], frame["event"]


async def test_l01_l03_a_socket_hears_what_the_stream_says() -> None:
    hub = hub_at(7)
    caller = knock(hub)

    accepted, _ = await caller.connect(timeout=PATIENCE)
    tell(hub, 8)

    assert accepted
    assert await heard(caller) == (7, "status.snapshot")
    assert await heard(caller) == (8, "status.global_changed")
    await caller.disconnect()
    assert not hub.viewers


async def test_l02_a_socket_that_comes_back_gets_what_it_missed() -> None:
    hub = hub_at(7)
    tell(hub, 8, 9)
    caller = knock(hub, "?last_event_id=8")

    await caller.connect(timeout=PATIENCE)

    assert await heard(caller) == (9, "status.global_changed")
    await caller.disconnect()


@pytest.mark.parametrize("query", ["?last_event_id=x", "?last_event_id=", "?last_event_id=-1"])
async def test_l02_nonsense_gets_the_whole_state(query: str) -> None:
    caller = knock(hub_at(7), query)

    await caller.connect(timeout=PATIENCE)

    assert await heard(caller) == (7, "status.snapshot")
    await caller.disconnect()


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        (None, True),
        ("https://status.example.org", True),
        ("https://shop.example.com", True),
        ("https://elsewhere.example", False),
        ("http://shop.example.com", False),
        ("https://shop.example.com.elsewhere.example", False),
        ("null", False),
        ("", False),
    ],
)
async def test_s11_only_pages_that_the_settings_name_may_listen(
    origin: str | None, may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = ("https://shop.example.com",)
    monkeypatch.setattr(settings.STATUSPAGE, "websocket_origins", allowed)
    hub = hub_at(7)
    caller = knock(hub, origin=origin)

    accepted, _ = await caller.connect(timeout=PATIENCE)

    assert accepted is may
    await caller.disconnect()
    assert not hub.viewers


@pytest.mark.parametrize(
    ("origin", "forwarded", "may"),
    [
        ("https://status.example.org", "https", True),
        ("http://status.example.org", "https", False),
        ("http://status.example.org", "http", True),
    ],
)
async def test_a_page_without_tls_may_not_listen_to_a_socket_with_it_f_o9(
    origin: str, forwarded: str, may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "num_proxies", 1)
    hub = hub_at(7)
    caller = knock(hub, origin=origin)
    caller.scope["headers"].append((b"x-forwarded-proto", forwarded.encode()))
    set_forwarded_scheme(caller.scope)

    accepted, _ = await caller.connect(timeout=PATIENCE)

    assert accepted is may
    await caller.disconnect()


async def test_who_is_sent_away_is_told_so_with_a_code_that_every_server_sends() -> None:
    """Daphne raises for 1001 to 2999, and leaves open whoever was to be sent away."""
    hub = hub_at(7)
    caller = knock(hub)
    await caller.connect(timeout=PATIENCE)
    await heard(caller)

    hub.drop_all()
    told = await caller.receive_output(timeout=PATIENCE)

    assert told["type"] == "websocket.close"
    assert 3000 <= told["code"] <= 4999
    await caller.disconnect(timeout=PATIENCE)
