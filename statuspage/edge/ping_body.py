"""The body of a ping: its beginning is kept, and the rest is read away, however long it is.

A job's whole log may come with its ping. That the run ended is said by the request's head, so the
ping counts whatever the body's length. It is not refused nor cut off either: who is answered while
still sending may never read the answer, and would call a good run a failed one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter

from statuspage.server.asgi_types import Message, Scope

Receive = Callable[[], Awaitable[Message]]

BODY_SECONDS = 10.0
"""How long what is kept of a body may take to come, and then each piece of the rest."""
REST_SECONDS = 600.0
"""How long the rest may take in all."""


class PingBody:
    """The body of one request, as it arrives."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._ended = scope["method"] != "POST" and not _announces_body(scope)

    async def beginning(self, kept_bytes: int) -> bytes:
        """Return the first bytes, as many as are kept. Raises TimeoutError."""
        kept = bytearray()
        async with asyncio.timeout(BODY_SECONDS):
            while not self._ended and len(kept) < kept_bytes:
                kept += await self._next_piece()
        return bytes(kept[:kept_bytes])

    async def read_away(self) -> bool:
        """Read the rest and forget it; return whether it ended, or has to be cut off."""
        deadline = perf_counter() + REST_SECONDS
        try:
            while not self._ended:
                async with asyncio.timeout(min(BODY_SECONDS, deadline - perf_counter())):
                    await self._next_piece()
        except TimeoutError:
            return False
        return True

    async def _next_piece(self) -> bytes:
        message = await self._receive()
        # Who left in the middle of it sends nothing more.
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        piece: bytes = message.get("body", b"")
        return piece


def _announces_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )
