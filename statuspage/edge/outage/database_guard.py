"""Answers in time what waits for a database that is away or hangs.

A view waits for its connection and its statement as long as these take, and holds a thread. While
the journal follower finds the database away, a request therefore waits for `PATIENCE` seconds at
most: enough for whatever needs no database (files, forms to sign in), and for a short hiccup.
"""

import asyncio
from collections.abc import Callable

from statuspage.edge.outage.unavailable import unavailable_messages
from statuspage.server.asgi_types import Scope
from statuspage.server.response_deadline import Exchange, Forward, Send, forward_in

PATIENCE = 1.0
MAX_ABANDONED = 64
"""Views left to end by themselves; beyond that nothing is passed on while the database is away."""
LOOK_SECONDS = 0.5
"""How often a request that waits looks whether the database is away."""


class DatabaseGuard:
    """Passes requests on to Django, and answers for it while `is_away` says so."""

    def __init__(self, is_away: Callable[[], bool]) -> None:
        self._is_away = is_away
        self._running: set[asyncio.Task[int]] = set()
        self._abandoned: set[asyncio.Task[int]] = set()

    async def respond(self, scope: Scope, send: Send, forward: Forward) -> int:
        """Send what `forward` sends, or a 503; return the status that was sent."""
        exchange = Exchange(send)
        if self._is_away() and len(self._abandoned) >= MAX_ABANDONED:
            return await exchange.refuse(unavailable_messages(scope))
        task = asyncio.create_task(forward_in(exchange, forward))
        self._running.add(task)
        task.add_done_callback(self._forget)
        waited = 0.0
        while not task.done():
            await asyncio.wait({task}, timeout=LOOK_SECONDS)
            waited += LOOK_SECONDS
            if task.done() or exchange.begun or waited < PATIENCE or not self._is_away():
                continue
            self._abandoned.add(task)
            return await exchange.refuse(unavailable_messages(scope))
        return task.result()

    def _forget(self, task: asyncio.Task[int]) -> None:
        self._running.discard(task)
        self._abandoned.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, or asyncio complains of an error that nobody awaits
