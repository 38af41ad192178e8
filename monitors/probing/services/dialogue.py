"""Dialogues with servers of a protocol: what is sent and received by one deadline."""

import re

from monitors.probing.base import ProbeStatus, one_line
from monitors.probing.connections import (
    Deadline,
    OpenConnection,
    ProbeAbortedError,
    connection_error,
)

MAX_REPLY_BYTES = 16_384


class Dialogue:
    """A dialogue over an open connection. What the server does wrong ends the check as down.

    `protocol` is its name for people. What was received beyond a reply is kept for the next one.
    """

    def __init__(self, connection: OpenConnection, deadline: Deadline, protocol: str) -> None:
        self.connection, self.deadline, self.protocol = connection, deadline, protocol
        self.first_byte_ms = 0.0
        """Milliseconds from the connection to the server's first byte."""
        self._began = deadline.elapsed_ms()
        self._received = bytearray()

    @property
    def is_drained(self) -> bool:
        """Whether nothing was received beyond what was asked for."""
        return not self._received

    def send(self, data: bytes) -> None:
        """Send all of it. Raises ProbeAbortedError."""
        try:
            self.connection.socket.settimeout(self.deadline.left("could not send"))
            self.connection.socket.sendall(data)
        except TimeoutError:
            raise self.deadline.missed("could not send") from None
        except OSError as error:
            raise self.broken(error) from None

    def receive(self, end: "re.Pattern[bytes]") -> bytes:
        """Return what is received up to the end of the first match. Raises ProbeAbortedError."""
        while (found := end.search(self._received)) is None:
            if len(self._received) > MAX_REPLY_BYTES:
                raise self.failed(f"the answer is not {self.protocol}: it has no end")
            self._received += self._chunk()
        return self._taken(found.end())

    def receive_exactly(self, count: int) -> bytes:
        """Return the next `count` bytes. Raises ProbeAbortedError."""
        if count > MAX_REPLY_BYTES:
            raise self.failed(f"the answer is not {self.protocol}: it is too long")
        while len(self._received) < count:
            self._received += self._chunk()
        return self._taken(count)

    def receive_chunk(self) -> bytes:
        """Return what comes next, at least one byte. Raises ProbeAbortedError."""
        if self.is_drained:
            self._received += self._chunk()
        return self._taken(len(self._received))

    def expect(self, reply: bytes, good: bytes, what: str) -> None:
        """Raise ProbeAbortedError, with `what` is wrong, unless the reply starts with `good`."""
        if not reply.startswith(good):
            raise self.failed(f"{self.protocol}: {what}: “{shown(reply)}”")

    def failed(self, message: str) -> ProbeAbortedError:
        """Return the error that ends the check as down."""
        return ProbeAbortedError(ProbeStatus.DOWN, message)

    def broken(self, error: OSError) -> ProbeAbortedError:
        """Return the error that ends the check for a connection that broke."""
        return self.failed(f"the connection broke: {connection_error(error)}")

    def _taken(self, count: int) -> bytes:
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    def _chunk(self) -> bytes:
        missing = "no complete answer" if self._received else "no answer"
        try:
            self.connection.socket.settimeout(self.deadline.left(missing))
            chunk = self.connection.socket.recv(4096)
        except TimeoutError:
            raise self.deadline.missed(missing) from None
        except OSError as error:
            raise self.broken(error) from None
        if not chunk:
            what = "before its answer was complete" if self._received else "without an answer"
            raise self.failed(f"the connection was closed {what}")
        self.first_byte_ms = self.first_byte_ms or self.deadline.elapsed_ms() - self._began
        return chunk


def shown(reply: bytes, *, limit: int = 80) -> str:
    """Return the beginning of a reply as one printable line."""
    return one_line(reply[: 4 * limit].decode(errors="replace"), limit=limit)
