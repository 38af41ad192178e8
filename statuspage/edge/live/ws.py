"""`/ws/status`: the live stream's events as JSON text frames, for clients that prefer sockets."""

import asyncio
import time
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.urls import path

from statuspage.access.client_address import address_of_scope, network_of
from statuspage.access.client_scheme import is_secure
from statuspage.edge.live.events import LiveEvent
from statuspage.edge.live.hub import Hub, Viewer
from statuspage.edge.live.sse import KEEP_ALIVE
from statuspage.server.asgi_types import Scope

HUB, UNTIL = "statuspage.hub", "statuspage.until"
"""Keys of the scope: the hub of the page, and until when the caller may see it."""


def _is_allowed_origin(scope: Scope) -> bool:
    """Whether the origin may connect.

    A page elsewhere may not open sockets here unless the settings name it; clients that are no
    browsers send no Origin. Our own page as plain HTTP is elsewhere for a socket that came by TLS:
    anybody on the way could have written it.
    """
    headers = dict(scope["headers"])
    if b"origin" not in headers:
        return True
    origin = urlsplit(headers[b"origin"].decode("latin-1"))
    if not origin.netloc:
        return False
    site = urlsplit(settings.STATUSPAGE.site_url)
    hosts = (headers.get(b"host", b"").decode("latin-1"), site.netloc)
    schemes = ("https",) if is_secure(scope) else ("http", "https")
    return (
        origin.netloc in hosts and origin.scheme in schemes
    ) or f"{origin.scheme}://{origin.netloc}" in settings.STATUSPAGE.websocket_origins


def page_param(query: bytes) -> str:
    """Return the slug of the page that a socket is for; '' for that of its host."""
    return parse_qs(query[:200].decode("latin-1")).get("page", [""])[-1]


def _last_event_id(query: bytes) -> int | None:
    """Return what an `EventSource` sends in a header: a socket can have it in its address only."""
    text = parse_qs(query[:200].decode("latin-1")).get("last_event_id", [""])[-1]
    return int(text) if len(text) <= 20 and text.isascii() and text.isdigit() else None


TRY_LATER = 4013
"""The code that a socket is closed with. Not 1013, which says so too: Daphne sends no code but 1000
and those from 3000 on, and leaves the socket open instead."""


class StatusConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One viewer. What it sends is ignored; how it leaves is the server's business."""

    _sending: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        hub: Hub = self.scope[HUB]
        admitted = None
        if _is_allowed_origin(self.scope):
            network = network_of(address_of_scope(self.scope))
            admitted = hub.join(_last_event_id(self.scope["query_string"]), network=network)
        if admitted is None:
            await self.close(code=TRY_LATER)
            return
        await self.accept()
        viewer, backlog = admitted
        for event in backlog:
            await self._tell(event)
        self._sending = asyncio.create_task(self._send_events(hub, viewer))

    async def _send_events(self, hub: Hub, viewer: Viewer) -> None:
        try:
            until = self.scope.get(UNTIL, float("inf"))
            while not viewer.dropped and time.time() < until:
                for event in await viewer.next(KEEP_ALIVE):
                    await self._tell(event)
            await self.close(code=TRY_LATER)
        finally:
            hub.leave(viewer)

    async def _tell(self, event: LiveEvent) -> None:
        for frame in event.frames:
            await self.send(text_data=frame)

    async def receive(self, text_data: Any = None, bytes_data: Any = None) -> None:
        pass

    async def disconnect(self, code: int) -> None:
        if self._sending is not None:
            self._sending.cancel()
            with suppress(asyncio.CancelledError):
                await self._sending


PATH = "/ws/status"
routes = [path(PATH.removeprefix("/"), StatusConsumer.as_asgi())]
