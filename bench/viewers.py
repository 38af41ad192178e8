"""`python -m bench.viewers PORT COUNT`: watches the live stream on many connections at once.

Prints `ready` when everybody has been shown the state, and waits for a line on stdin. Then it
prints, as JSON, for each change of status when each viewer had heard of it (monotonic clock).
"""

import asyncio
import json
import sys
from typing import cast

import uvloop

from bench.stage import LOCAL, raise_open_files
from statuspage.runtime import parent_death

_REQUEST = b"GET /status/events HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n"
_STATE = b"event: status.snapshot"
_CHANGE = b"event: status.component_changed"
_AT_ONCE = 100
"""Connections being made at a time."""
_JOIN_SECONDS = 60.0


class _Viewer(asyncio.Protocol):
    """One stream. Events are told apart by their names; what else they say is not read."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._rest = b""
        self.shown: asyncio.Future[None] = loop.create_future()
        self.heard: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not an isinstance: uvloop's transports are of a family of their own.
        cast("asyncio.Transport", transport).write(_REQUEST)

    def data_received(self, data: bytes) -> None:
        text = self._rest + data
        # Up to the last whole event; what follows may go on in the next packet.
        whole, separator, rest = text.rpartition(b"\n\n")
        self._rest = rest if separator else text
        if _STATE in whole and not self.shown.done():
            self.shown.set_result(None)
        self.heard += [self._loop.time()] * whole.count(_CHANGE)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.shown.done():
            self.shown.set_exception(exc or ConnectionError("the stream was refused"))


async def _watch(port: int, count: int) -> list[list[float]]:
    """Everybody's instants, by change."""
    loop = asyncio.get_running_loop()
    gate = asyncio.Semaphore(_AT_ONCE)

    async def join() -> _Viewer:
        async with gate:
            _, viewer = await loop.create_connection(lambda: _Viewer(loop), LOCAL, port)
            await viewer.shown
            return viewer

    async with asyncio.timeout(_JOIN_SECONDS):
        viewers = await asyncio.gather(*(join() for _ in range(count)))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    changes = min(len(viewer.heard) for viewer in viewers)
    return [[viewer.heard[number] for viewer in viewers] for number in range(changes)]


if __name__ == "__main__":
    parent_death.follow()
    raise_open_files()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(_watch(int(sys.argv[1]), int(sys.argv[2])))), flush=True)
