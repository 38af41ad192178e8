"""A mail server, or endpoints of webhooks, that take everything and count it, in its own process.

`python -m bench.sinks mail|hooks FILE` writes to FILE, several times a second, its port and what
came. Instants are those of the monotonic clock, which all processes of a machine share.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.databases import clean_environ
from bench.processes import BrokenError, running
from bench.stage import LOCAL, START_SECONDS, Stage

WRITE_SECONDS = 0.2
HUNDRED = 100
"""R5 speaks of the first hundred."""
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_ID = re.compile(rb"^(?:message|webhook)-id: ([^\r]+)", re.IGNORECASE | re.MULTILINE)
_LENGTH = re.compile(rb"^content-length: (\d+)", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Count:
    """What came so far; `distinct` leaves repeats out, by their ids."""

    port: int = 0
    count: int = 0
    distinct: int = 0
    first: float = 0.0
    hundredth: float = 0.0
    last: float = 0.0


class _Sink:
    def __init__(self) -> None:
        self.told = Count()
        self._ids: set[bytes] = set()

    def take(self, message: bytes) -> None:
        told = self.told
        told.last = time.monotonic()
        told.first = told.first or told.last
        told.count += 1
        if told.count == HUNDRED:
            told.hundredth = told.last
        if found := _ID.search(message):
            self._ids.add(found[1])
        told.distinct = len(self._ids)

    async def handle_DATA(  # noqa: N802  (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        self.take(envelope.content)
        return "250 accepted"


class _Hook(asyncio.Protocol):
    """One connection to an endpoint; it may carry several messages."""

    def __init__(self, sink: _Sink) -> None:
        self._sink, self._read = sink, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if end and length and len(body) >= int(length[1]):
            self._read = b""
            self._sink.take(head)
            self._transport.write(_OK)


async def _serve(kind: str, file: Path) -> None:
    sink = _Sink()
    make: Callable[[], asyncio.BaseProtocol] = lambda: _Hook(sink)  # noqa: E731
    if kind == "mail":
        # Only who measures mail needs it.
        from aiosmtpd.smtp import SMTP  # noqa: PLC0415  (only who measures mail needs it)

        make = lambda: SMTP(sink, hostname=LOCAL)  # noqa: E731
    loop = asyncio.get_running_loop()
    # On every address of the loopback network: endpoints are told apart by theirs.
    server = await loop.create_server(make, "0.0.0.0", 0, backlog=1024)
    sink.told.port = server.sockets[0].getsockname()[1]
    part = file.with_suffix(".part")
    while True:
        part.write_text(json.dumps(asdict(sink.told)))
        part.replace(file)
        await asyncio.sleep(WRITE_SECONDS)


@dataclass(frozen=True, slots=True)
class Sink:
    """A running one."""

    pid: int
    file: Path

    def count(self) -> Count:
        return Count(**json.loads(self.file.read_text()))


@contextmanager
def sink(stage: Stage, kind: str) -> Iterator[Sink]:
    """Run one until the block ends."""
    file = stage.place(f"{kind}-sink")
    command = [sys.executable, "-m", "bench.sinks", kind, str(file)]
    with running(command, environ=clean_environ(), log=stage.place("sink-log")) as process:
        until = time.monotonic() + START_SECONDS
        while not file.exists():
            if time.monotonic() > until or process.poll() is not None:
                raise BrokenError(f"the sink for {kind} does not start")
            time.sleep(0.05)
        yield Sink(process.pid, file)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], Path(sys.argv[2])))
