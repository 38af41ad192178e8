"""Passes a request on with its body counted and timed: neither may go on for ever (S7).

Servers read whatever comes for as long as it comes; so the limits are here, before Django.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter

from statuspage.edge.pages import Send
from statuspage.edge.problems import Header, problem
from statuspage.server.asgi_types import Application, Message, Scope

BODY_SECONDS = 30.0
"""How long a request's body may take to arrive."""
_CLOSE: Header = (b"connection", b"close")
_GONE: Message = {"type": "http.disconnect"}

Receive = Callable[[], Awaitable[Message]]


async def guarded(
    inner: Application, scope: Scope, receive: Receive, send: Send, *, most: int
) -> int:
    """Have `inner` answer; the result is the status that was sent.

    A body of more than `most` bytes is refused (413), at once where its length is announced; one
    that does not come in time is given up (408). `inner` hears of either as of a caller who left.
    """
    too_large = f"A request body may have {most} bytes at most."
    if _announced(scope) > most:
        return await _refuse(413, too_large, send)
    body, answered = _Body(receive, most), 0

    async def sending(message: Message) -> None:
        nonlocal answered
        answered = answered or message.get("status", 0)
        await send(message)

    await inner(scope, body.next, sending)
    if body.too_large and not answered:
        return await _refuse(413, too_large, send)
    if body.late and not answered:
        return await _refuse(408, "The body did not come in time.", send)
    return answered


class _Body:
    def __init__(self, receive: Receive, most: int) -> None:
        self.too_large = self.late = False
        self._receive, self._left = receive, most
        self._until = perf_counter() + BODY_SECONDS
        self._whole = False

    async def next(self) -> Message:
        # Once it is all there, whoever waits is waiting for the caller to leave.
        patience = None if self._whole else max(0.0, self._until - perf_counter())
        try:
            async with asyncio.timeout(patience):
                message = await self._receive()
        except TimeoutError:
            self.late = True
            return _GONE
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            if self._left < 0:
                self.too_large = True
                return _GONE
        return message


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


async def _refuse(status: int, detail: str, send: Send) -> int:
    for message in problem(status, detail, headers=[_CLOSE]):
        await send(message)
    return status
