"""`python -m bench.besieger PORT SHARE`: attacks the page from networks of its own until stopped.

Fifty heads that never end, 5,000 idle connections, 10,000 streams asked for by one client, 200 slow
bodies, random references and random ping keys; SHARE (0 to 1) makes all of it smaller. Prints
"ready" when it is all under way. `python -m bench.besieger PORT harmless CPU_SHARE` asks for the
page instead, and spends so much of a processor on it.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import uvloop

from bench.stage import LOCAL, raise_open_files
from statuspage.runtime import parent_death

HEADS, IDLE, STREAMS, BODIES, ASKERS = 50, 5_000, 10_000, 200, 20
_GET = b"GET %s HTTP/1.1\r\nHost: bench\r\nAccept: text/html\r\n\r\n"
_SLOW = b"POST /status/subscribe HTTP/1.1\r\nHost: bench\r\nContent-Length: 9000\r\n\r\n{"
_AGAIN = 0.2
"""Seconds after which who was sent away comes back."""
_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Besieger:
    """All attacks on one port."""

    def __init__(self, port: int, share: float) -> None:
        self._port, self._share = port, share
        self._begun = asyncio.Semaphore(0)

    async def run(self) -> None:
        attacks: list[tuple[int, Callable[[int], Awaitable[None]]]] = [
            (HEADS, self._endless_head),
            (BODIES, self._slow_body),
            (ASKERS, self._reference),
            (ASKERS, self._ping_key),
            (IDLE, self._idle),
            (STREAMS, self._stream),
        ]
        tasks, batch = [], 100
        for most, attack in attacks:
            count = max(1, int(most * self._share))
            for begin in range(0, count, batch):
                numbers = range(begin, min(begin + batch, count))
                tasks += [asyncio.create_task(self._forever(attack, n)) for n in numbers]
                for _ in numbers:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._begun.acquire(), 5)
        print("ready", flush=True)
        await asyncio.gather(*tasks)

    async def _forever(self, attack: Callable[[int], Awaitable[None]], number: int) -> None:
        while True:
            with suppress(OSError, EOFError, ValueError, RuntimeError):
                await attack(number)
            self._begun.release()
            await asyncio.sleep(_AGAIN)

    async def _connect(self, source: str) -> _Streams:
        return await asyncio.open_connection(LOCAL, self._port, local_addr=(source, 0))

    async def _endless_head(self, number: int) -> None:
        reader, writer = await self._connect(f"127.1.0.{number % 250 + 1}")
        field = (b"X: ", b"")[number % 2]
        block = (b"a" * 4_096, b"".join(b"Y-%d: b\r\n" % n for n in range(400)))[number % 2]
        writer.write(b"GET /status HTTP/1.1\r\nHost: x\r\n" + field)
        self._begun.release()
        try:
            while not reader.at_eof():
                writer.write(block)
                await writer.drain()
                await asyncio.sleep(0.001)
        finally:
            writer.close()

    async def _slow_body(self, number: int) -> None:
        _, writer = await self._connect(f"127.1.1.{number % 250 + 1}")
        writer.write(_SLOW)
        self._begun.release()
        try:
            while not writer.is_closing():
                await asyncio.sleep(1)
                writer.write(b" ")
                await writer.drain()
        finally:
            writer.close()

    async def _idle(self, number: int) -> None:
        reader, writer = await self._connect(f"127.1.{number // 250 + 2}.{number % 250 + 1}")
        self._begun.release()
        try:
            await reader.read()
        finally:
            writer.close()

    async def _stream(self, number: int) -> None:
        reader, writer = await self._connect("127.1.100.1")
        writer.write(_GET % b"/status/events")
        self._begun.release()
        try:
            while await reader.read(65_536):
                pass
        finally:
            writer.close()

    async def _reference(self, number: int) -> None:
        def made_up() -> bytes:
            return b"/status/incidents/INC-2026-%d" % random.randrange(1, 10**8)

        await self._ask(f"127.1.101.{number + 1}", made_up)

    async def _ping_key(self, number: int) -> None:
        def made_up() -> bytes:
            return b"/ping/" + os.urandom(16).hex().encode()

        await self._ask(
            f"127.1.102.{number + 1}", lambda: b"/ping/" + os.urandom(16).hex().encode()
        )

    async def _ask(self, source: str, path: Callable[[], bytes]) -> None:
        reader, writer = await self._connect(source)
        self._begun.release()
        try:
            while True:
                writer.write(_GET % path())
                await _answer(reader)
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """Read a whole answer; return its status. Raises EOFError when there is none."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(each[15:]) for each in lines if each.startswith(b"content-length:")), 0)
    await reader.readexactly(length)
    return head[9:12]


async def _harmless(port: int, share: float) -> None:
    """Ask for the page on twenty connections, with `share` of a processor."""
    began, spent = time.monotonic(), time.process_time()

    async def ask(number: int) -> None:
        reader, writer = await asyncio.open_connection(
            LOCAL, port, local_addr=(f"127.1.0.{number + 1}", 0)
        )
        try:
            while True:
                writer.write(_GET % b"/status")
                await _answer(reader)
                used, passed = time.process_time() - spent, time.monotonic() - began
                await asyncio.sleep(max(0.0, used / share - passed))
        finally:
            writer.close()

    print("ready", flush=True)
    await asyncio.gather(*(ask(number) for number in range(ASKERS)))


if __name__ == "__main__":
    parent_death.follow()
    raise_open_files()
    port = int(sys.argv[1])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if sys.argv[2] == "harmless":
            runner.run(_harmless(port, max(0.01, float(sys.argv[3]))))
        else:
            runner.run(Besieger(port, float(sys.argv[2])).run())
