"""`/ws/status`: the live stream's events as JSON text frames, for clients that prefer sockets."""

import asyncio
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.urls import path

from statuspage.live.hub import MAX_VIEWERS, Hub, Viewer
from statuspage.live.sse import KEEP_ALIVE


def _origin_is_ours(headers: list[tuple[bytes, bytes]]) -> bool:
    """A page elsewhere may not open sockets here; clients that are no browsers send no Origin."""
    given = dict(headers)
    origin = given.get(b"origin", b"").decode("latin-1")
    if not origin:
        return True
    host = given.get(b"host", b"").decode("latin-1")
    return urlsplit(origin).netloc in (host, urlsplit(settings.STATUSPAGE.site_url).netloc)


class StatusConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One viewer. What it sends is ignored; how it leaves is the server's business."""

    _telling: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        hub: Hub = self.scope["statuspage.hub"]
        refused = not _origin_is_ours(self.scope["headers"]) or len(hub.viewers) >= MAX_VIEWERS
        joined = None if refused else hub.join(None)
        if joined is None:
            await self.close(code=1013)
            return
        await self.accept()
        viewer, first = joined
        for event in first:
            await self.send(text_data=event.frame)
        self._telling = asyncio.create_task(self._tell(hub, viewer))

    async def _tell(self, hub: Hub, viewer: Viewer) -> None:
        try:
            while not viewer.dropped:
                for event in await viewer.next(KEEP_ALIVE):
                    await self.send(text_data=event.frame)
            await self.close(code=1013)
        finally:
            hub.leave(viewer)

    async def receive(self, text_data: Any = None, bytes_data: Any = None) -> None:
        pass

    async def disconnect(self, code: int) -> None:
        if self._telling is not None:
            self._telling.cancel()
            with suppress(asyncio.CancelledError):
                await self._telling


routes = [path("ws/status", StatusConsumer.as_asgi())]
