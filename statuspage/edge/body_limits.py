"""Passes a request on with its body counted and timed: neither may go on for ever (S7).

Servers read whatever comes for as long as it comes; so the limits are here, before Django.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter

from statuspage.edge.pages import Send
from statuspage.edge.problems import Header, problem
from statuspage.server.asgi_types import Application, Message, ResponsePair, Scope

BODY_SECONDS = 30.0
"""How long a request's body may take to arrive."""
_CLOSE: Header = (b"connection", b"close")
_DISCONNECT: Message = {"type": "http.disconnect"}

Receive = Callable[[], Awaitable[Message]]


async def forward_within_limits(
    inner: Application, scope: Scope, receive: Receive, send: Send, *, max_bytes: int
) -> int:
    """Pass a request on to `inner` with its body limited; return the status that was sent.

    A body of more than `max_bytes` is refused (413), at once where its length is announced; one
    that does not come in time is given up (408). `inner` learns of either as of a caller who left.
    """
    if _content_length(scope) > max_bytes:
        return await _send(too_long(max_bytes), send)
    body, status = _Body(receive, max_bytes), 0

    async def tracked_send(message: Message) -> None:
        nonlocal status
        status = status or message.get("status", 0)
        await send(message)

    await inner(scope, body.receive, tracked_send)
    if body.too_large and not status:
        return await _send(too_long(max_bytes), send)
    if body.late and not status:
        late = problem(408, "The body did not come in time.", headers=[_CLOSE])
        return await _send(late, send)
    return status


def too_long(max_bytes: int) -> ResponsePair:
    """Return what is said of a body of more than `max_bytes`."""
    return problem(413, f"A request body may have {max_bytes} bytes at most.", headers=[_CLOSE])


class _Body:
    """A request's body, counted and timed as it arrives."""

    def __init__(self, receive: Receive, max_bytes: int) -> None:
        self.too_large = self.late = False
        self._receive, self._bytes_left = receive, max_bytes
        self._deadline = perf_counter() + BODY_SECONDS
        self._complete = False

    async def receive(self) -> Message:
        # Once it is all there, what is waited for is that the caller leaves.
        timeout = None if self._complete else max(0.0, self._deadline - perf_counter())
        try:
            async with asyncio.timeout(timeout):
                message = await self._receive()
        except TimeoutError:
            self.late = True
            return _DISCONNECT
        if message["type"] == "http.request":
            self._bytes_left -= len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
            if self._bytes_left < 0:
                self.too_large = True
                return _DISCONNECT
        return message


def _content_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


async def _send(response: ResponsePair, send: Send) -> int:
    for message in response:
        await send(message)
    status: int = response[0]["status"]
    return status
