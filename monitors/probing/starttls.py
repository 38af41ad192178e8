"""The switch to TLS in the middle of a protocol (STARTTLS and its relatives).

What follows the server's consent before the handshake is not read on: a man in the middle could
have put it there (CVE-2011-0411). A server that says more is reported as such.
"""

import re
from collections.abc import Callable
from typing import Literal

from monitors.probing.base import ProbeStatus, one_line
from monitors.probing.connections import (
    Deadline,
    OpenConnection,
    ProbeAbortedError,
    connection_error,
)

Protocol = Literal["none", "smtp", "imap", "pop3", "ftp", "ldap"]

MAX_REPLY_BYTES = 16_384
# An LDAPMessage with the ExtendedRequest for StartTLS (RFC 4511, 4.14.1), in BER.
_LDAP_REQUEST = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"
_LDAP_SUCCESS = b"\x0a\x01\x00"  # resultCode 0
_CODED_END = re.compile(rb"^\d\d\d(?: [^\r\n]*)?\r?\n", re.MULTILINE)
_LINE_END = re.compile(rb"^[^\r\n]*\r?\n")
_TAGGED_END = re.compile(rb"^a1 [^\r\n]*\r?\n", re.MULTILINE)


def start_tls(connection: OpenConnection, protocol: Protocol, *, deadline: Deadline) -> None:
    """Have the server expect a TLS handshake next. Raises ProbeAbortedError."""
    if protocol != "none":
        _DIALOGUES[protocol](_Dialogue(connection, deadline, protocol.upper()))


class _Dialogue:
    """A dialogue in the clear."""

    def __init__(self, connection: OpenConnection, deadline: Deadline, protocol: str) -> None:
        self._connection, self._deadline, self._protocol = connection, deadline, protocol

    def send(self, text: bytes) -> None:
        try:
            self._connection.socket.settimeout(self._deadline.left("could not send"))
            self._connection.socket.sendall(text)
        except TimeoutError:
            raise self._deadline.missed("could not send") from None
        except OSError as error:
            raise ProbeAbortedError(
                ProbeStatus.DOWN, f"the connection broke: {connection_error(error)}"
            ) from None

    def receive(self, end: "re.Pattern[bytes]") -> bytes:
        """Return a whole reply and nothing after it."""
        received = b""
        while (found := end.search(received)) is None:
            if len(received) > MAX_REPLY_BYTES:
                raise ProbeAbortedError(
                    ProbeStatus.DOWN, f"the answer is not {self._protocol}: it has no end"
                )
            received += self._chunk(received)
        if found.end() != len(received):
            raise ProbeAbortedError(
                ProbeStatus.DOWN, "the server says more before TLS than was asked for"
            )
        return received

    def receive_chunk(self) -> bytes:
        return self._chunk(b"")

    def expect(self, reply: bytes, good: bytes, what: str) -> None:
        if not reply.startswith(good):
            shown = one_line(reply.decode(errors="replace"), limit=80)
            raise ProbeAbortedError(ProbeStatus.DOWN, f"{self._protocol}: {what}: “{shown}”")

    def _chunk(self, received: bytes) -> bytes:
        missing = "no complete answer" if received else "no answer"
        try:
            self._connection.socket.settimeout(self._deadline.left(missing))
            chunk = self._connection.socket.recv(4096)
        except TimeoutError:
            raise self._deadline.missed(missing) from None
        except OSError as error:
            raise ProbeAbortedError(
                ProbeStatus.DOWN, f"the connection broke: {connection_error(error)}"
            ) from None
        if not chunk:
            raise ProbeAbortedError(ProbeStatus.DOWN, "the connection was closed before TLS")
        return chunk


def _smtp(dialogue: _Dialogue) -> None:
    dialogue.expect(dialogue.receive(_CODED_END), b"220", "no greeting")
    dialogue.send(b"EHLO statuspage.invalid\r\n")
    offers = dialogue.receive(_CODED_END)
    dialogue.expect(offers, b"250", "EHLO is refused")
    if b"STARTTLS" not in offers.upper():
        raise ProbeAbortedError(ProbeStatus.DOWN, "SMTP: STARTTLS is not offered")
    dialogue.send(b"STARTTLS\r\n")
    dialogue.expect(dialogue.receive(_CODED_END), b"220", "STARTTLS is refused")


def _imap(dialogue: _Dialogue) -> None:
    dialogue.expect(dialogue.receive(_LINE_END), b"* OK", "no greeting")
    dialogue.send(b"a1 STARTTLS\r\n")
    reply = dialogue.receive(_TAGGED_END)
    dialogue.expect(reply[reply.rindex(b"a1 ") :], b"a1 OK", "STARTTLS is refused")


def _pop3(dialogue: _Dialogue) -> None:
    dialogue.expect(dialogue.receive(_LINE_END), b"+OK", "no greeting")
    dialogue.send(b"STLS\r\n")
    dialogue.expect(dialogue.receive(_LINE_END), b"+OK", "STLS is refused")


def _ftp(dialogue: _Dialogue) -> None:
    dialogue.expect(dialogue.receive(_CODED_END), b"220", "no greeting")
    dialogue.send(b"AUTH TLS\r\n")
    dialogue.expect(dialogue.receive(_CODED_END), b"234", "AUTH TLS is refused")


def _ldap(dialogue: _Dialogue) -> None:
    dialogue.send(_LDAP_REQUEST)
    reply = dialogue.receive_chunk()
    if not reply.startswith(b"\x30") or b"\x78" not in reply:
        raise ProbeAbortedError(ProbeStatus.DOWN, "the answer is not LDAP")
    if _LDAP_SUCCESS not in reply:
        raise ProbeAbortedError(ProbeStatus.DOWN, "LDAP: StartTLS is refused")


_DIALOGUES: dict[str, Callable[[_Dialogue], None]] = {
    "smtp": _smtp, "imap": _imap, "pop3": _pop3, "ftp": _ftp, "ldap": _ldap,
}  # fmt: skip
