"""`GET /status/events`: the live stream as server-sent events (contracts L01–L06)."""

import asyncio
import math
import time
from contextlib import suppress
from typing import Any

from statuspage.access.client_address import address_of_scope, network_of
from statuspage.edge.live.hub import Hub, Viewer
from statuspage.edge.pages import Send
from statuspage.edge.problems import problem
from statuspage.server.asgi_types import GIVES_WAY, Message, Scope

KEEP_ALIVE = 15.0
_START: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-cache"),
        (b"x-accel-buffering", b"no"),
        (b"access-control-allow-origin", b"*"),
        (b"x-content-type-options", b"nosniff"),
    ],
}
_PRIVATE_START: Message = {
    **_START,
    "headers": [
        (b"cache-control", b"private, no-store") if name == b"cache-control" else (name, value)
        for name, value in _START["headers"]
        if name != b"access-control-allow-origin"
    ],
}


def _last_event_id(scope: Scope) -> int | None:
    """Return the sequence number the client has seen; None when it names none, or nonsense."""
    for name, value in scope["headers"]:
        if name == b"last-event-id":
            text = value[:20].decode("latin-1")
            return int(text) if text.isascii() and text.isdigit() else None
    return None


async def stream(
    scope: Scope,
    receive: Any,
    send: Send,
    *,
    hub: Hub,
    until: float = math.inf,
    private: bool = False,
) -> None:
    """Serve one viewer until it leaves, falls behind or the server stops.

    `until` is when its pass to a private page ends.
    """
    admitted = hub.join(_last_event_id(scope), network=network_of(address_of_scope(scope)))
    if admitted is None:
        wait = (b"retry-after", b"3")
        for message in problem(503, "The live stream is not ready.", headers=[wait]):
            await send(message)
        return
    viewer, backlog = admitted
    scope[GIVES_WAY] = True
    disconnect = asyncio.create_task(_wait_for_disconnect(receive, viewer))
    try:
        await send(_PRIVATE_START if private else _START)
        await _send_text(send, b"retry: 3000\n\n" + b"".join(event.sse for event in backlog))
        while not viewer.dropped and time.time() < until:
            events = await viewer.next(KEEP_ALIVE)
            if disconnect.done():
                return
            await _send_text(send, b"".join(e.sse for e in events) or b": keep-alive\n\n")
        await send({"type": "http.response.body", "body": b""})
    finally:
        hub.leave(viewer)
        disconnect.cancel()
        with suppress(asyncio.CancelledError):
            await disconnect


async def _send_text(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})


async def _wait_for_disconnect(receive: Any, viewer: Viewer) -> None:
    """Wake the viewer's loop when the client has gone, so that it ends at once."""
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.changed.set()
