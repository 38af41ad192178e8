"""The deadline of a response whose view is synchronous and may hang with the database.

A view on a thread cannot be cancelled, and to cancel its task is worse than to wait: Django then
waits for the thread inside the event loop, in which nobody else is answered meanwhile. So the
response is sent in time by us, and the view is left to end by itself with nobody listening. How
many may be left like this at a time is limited, since each of them holds a thread.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from statuspage.server.asgi_types import Message, ResponsePair

Send = Callable[[Message], Awaitable[None]]
Forward = Callable[[Send], Awaitable[int]]

MAX_RUNNING = 32
"""Requests of one kind at work at a time, those that were given up among them."""


class Exchange:
    """One response: the first of view and deadline that sends it begins it, and ends it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = self.given_up = False

    async def send(self, message: Message) -> None:
        if not self.given_up:
            self.begun = True
            await self._send(message)

    async def refuse(self, refusal: ResponsePair) -> int:
        """Send a refusal in the view's place, which is not listened to any more."""
        start, body = refusal
        self.given_up = True
        for message in (start, body):
            await self._send(message)
        status: int = start["status"]
        return status


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


def is_awaited() -> bool:
    """Whether the caller of the current request still waits: its deadline has not passed.

    For views, also on their threads. A request without a deadline is always awaited.
    """
    exchange = _current.get()
    return exchange is None or not exchange.given_up


class ResponseDeadline:
    """Has requests of one kind answered within `seconds`: by their view, or by `refusal`."""

    def __init__(self, seconds: float, refusal: ResponsePair) -> None:
        self._seconds, self._refusal = seconds, refusal
        self._slots = asyncio.Semaphore(MAX_RUNNING)
        self._running: set[asyncio.Task[int]] = set()

    async def respond(self, send: Send, forward: Forward) -> int:
        """Send what `forward` sends, or in time the refusal; return the status that was sent.

        What was given up may still be done: its caller has to be able to send it again.
        """
        deadline = asyncio.get_running_loop().time() + self._seconds
        exchange = Exchange(send)
        try:
            async with asyncio.timeout_at(deadline):
                await self._slots.acquire()
        except TimeoutError:
            return await exchange.refuse(self._refusal)
        task = asyncio.create_task(forward_in(exchange, forward))
        self._running.add(task)
        task.add_done_callback(self._end)
        left = deadline - asyncio.get_running_loop().time()
        await asyncio.wait({task}, timeout=max(0.0, left))
        if task.done() or exchange.begun:
            return await asyncio.shield(task)
        return await exchange.refuse(self._refusal)

    def _end(self, task: asyncio.Task[int]) -> None:
        self._slots.release()
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, or asyncio complains of an error that nobody awaits


async def forward_in(exchange: Exchange, forward: Forward) -> int:
    """Have `forward` send into an exchange, in a task of its own; return the status it sent."""
    _current.set(exchange)  # a task has a context of its own
    return await forward(exchange.send)
