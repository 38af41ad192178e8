"""A mail server for drills, in a thread: it accepts, or fails as configured, and counts."""

import asyncio
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from enum import StrEnum

_ID = re.compile(rb"^message-id: *([^\r\n]+)", re.IGNORECASE | re.MULTILINE)


class MailFault(StrEnum):
    LATER = "451 try again later"
    NEVER = "550 no such mailbox"
    STALL = "stall"
    DROP = "drop"


class MailServer:
    """A server; `fault_of` is called for each recipient once their mail was read.

    `refusing` rejects every connection.
    """

    def __init__(self, fault_of: Callable[[str], MailFault | None]) -> None:
        self._fault_of = fault_of
        self.refusing = False
        self.accepted: Counter[bytes] = Counter()
        """How often each message id was accepted."""
        self.arrivals: list[float] = []
        """When a message id came first, by the monotonic clock."""
        self.faults = 0
        self.newest = b""
        """The mail that was accepted last."""
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    @property
    def repeats(self) -> int:
        return self.accepted.total() - len(self.accepted)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        serve = asyncio.start_server(self._handle, "127.0.0.1", 0)
        server = self._loop.run_until_complete(serve)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.refusing:
                self.faults += 1
                writer.write(b"421 closed for a moment\r\n")
                await writer.drain()
                return
            await self._session(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the sender was killed
        finally:
            writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 drill\r\n")
        recipient = ""
        while line := await reader.readline():
            word = line[:4].upper().strip()
            response = b"250 ok"
            if word == b"RCPT":
                recipient = line.partition(b"<")[2].partition(b">")[0].decode("ascii", "replace")
            elif word == b"DATA":
                writer.write(b"354 go on\r\n")
                content = await reader.readuntil(b"\r\n.\r\n")
                fault = self._fault_of(recipient)
                if fault is not None:
                    self.faults += 1
                if fault is MailFault.DROP:
                    return
                if fault is MailFault.STALL:
                    await reader.read()  # until the sender has had enough
                    return
                response = fault.encode() if fault else self._accept(content)
            writer.write(response + b"\r\n")
            if word == b"QUIT":
                return

    def _accept(self, content: bytes) -> bytes:
        match = _ID.search(content)
        name = match[1] if match else b""
        if name not in self.accepted:
            self.arrivals.append(time.monotonic())
        self.accepted[name] += 1
        self.newest = content
        return b"250 accepted"
