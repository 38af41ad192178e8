"""Packets of MySQL's protocol as far as a log-in and one query need them; MariaDB speaks it too.

Source: https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html. Nothing here reads or
sends: what is wrong with a packet is a PacketError, in words.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

HEADER_BYTES = 4
OK, MORE, END, ERROR = 0x00, 0x01, 0xFE, 0xFF
"""The first byte of a packet: what it is."""
QUIT, QUERY = b"\x01", b"\x03"

_PROTOCOL_41, _SECURE_CONNECTION, _PLUGIN_AUTH = 0x200, 0x8000, 0x80000
_CONNECT_WITH_DB, _TLS, _TRANSACTIONS, _LONG_PASSWORD = 0x8, 0x800, 0x2000, 0x1
_CAPABILITIES = (
    _LONG_PASSWORD | _PROTOCOL_41 | _TRANSACTIONS | _SECURE_CONNECTION | _PLUGIN_AUTH
)  # fmt: skip
_UTF8MB4 = 45
_MAX_PACKET = 1 << 24
_NONCE_BYTES = 20
_STATE_BYTES = 6
_WIDTHS = {0xFC: 2, 0xFD: 3, 0xFE: 8}
NATIVE, CACHING = "mysql_native_password", "caching_sha2_password"
CLEAR = "mysql_clear_password"


class PacketError(Exception):
    """A packet that is none of this protocol."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a server says of itself, and the challenge of its log-in."""

    version: str
    offers_tls: bool
    method: str
    """The log-in that it would like."""
    nonce: bytes

    @property
    def is_mariadb(self) -> bool:
        return "mariadb" in self.version.lower()


class Reader:
    """Takes the parts of a packet one after the other. Each raises PacketError when it ends."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise PacketError("a packet ends too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "little")

    def text(self) -> str:
        """Return what comes up to the next NUL."""
        end = self._data.find(0, self._at)
        if end < 0:
            raise PacketError("a text has no end")
        found = self.take(end - self._at)
        self.take(1)
        return found.decode(errors="replace")

    def value(self) -> bytes | None:
        """Return a value with its length before it; None for NULL."""
        first = self.number(1)
        if first == 0xFB:
            return None
        if first == 0xFF:
            raise PacketError("a value has no length")
        return self.take(self.number(_WIDTHS[first]) if first in _WIDTHS else first)


def framed(payload: bytes, sequence: int) -> bytes:
    """Return a packet: its length, its number in the exchange, and what is in it."""
    return len(payload).to_bytes(3, "little") + bytes([sequence % 256]) + payload


def parse_greeting(payload: bytes) -> Greeting:
    """Return the initial handshake. Raises PacketError."""
    reader = Reader(payload)
    if reader.number(1) != 10:
        raise PacketError("it speaks another version of the protocol")
    version = reader.text()
    reader.take(4)  # the thread
    nonce = reader.take(8)
    reader.take(1)
    low = reader.number(2)
    reader.take(3)  # character set and status
    capabilities = low | reader.number(2) << 16
    length = reader.number(1)
    reader.take(10)
    if not capabilities & _PROTOCOL_41 or not capabilities & _SECURE_CONNECTION:
        raise PacketError("it is older than MySQL 4.1")
    nonce += reader.take(max(13, length - 8))
    method = reader.text() if capabilities & _PLUGIN_AUTH else NATIVE
    return Greeting(version, bool(capabilities & _TLS), method, nonce[:_NONCE_BYTES])


def parse_switch(payload: bytes) -> tuple[str, bytes]:
    """Return the log-in that a server asks for instead, and its challenge. Raises PacketError."""
    reader = Reader(payload[1:])
    method = reader.text()
    return method, reader.rest[:_NONCE_BYTES]


def parse_error(payload: bytes) -> str:
    """Return what an error packet says, with its number."""
    reader = Reader(payload[1:])
    try:
        number = reader.number(2)
        said = reader.rest
    except PacketError:
        return "an error"
    said = said[_STATE_BYTES:] if said.startswith(b"#") else said
    return f"{said.decode(errors='replace').strip()} ({number})"


def column_count(payload: bytes) -> int:
    """Return how many columns an answer has; 0 for one without rows. Raises PacketError."""
    if payload[:1] == b"\xfb":
        raise PacketError("it asks for a file")
    reader = Reader(payload)
    first = reader.number(1)
    return first if first < 0xFB else reader.number(_WIDTHS.get(first, 0))


def is_end(payload: bytes) -> bool:
    """Return whether there is no further column, or row."""
    return payload[:1] == bytes([END]) and len(payload) < 9


def tls_request(*, database: str) -> bytes:
    """Return the packet after which the handshake of TLS begins."""
    return _client_head(_TLS | (_CONNECT_WITH_DB if database else 0))


def login(*, username: str, database: str, method: str, answer: bytes, tls: bool) -> bytes:
    """Return the packet that logs in."""
    more = (_CONNECT_WITH_DB if database else 0) | (_TLS if tls else 0)
    parts = [
        _client_head(more), username.encode(), b"\0", bytes([len(answer)]), answer,
    ]  # fmt: skip
    if database:
        parts += [database.encode(), b"\0"]
    return b"".join([*parts, method.encode(), b"\0"])


def _client_head(more: int) -> bytes:
    capabilities = (_CAPABILITIES | more).to_bytes(4, "little")
    return capabilities + _MAX_PACKET.to_bytes(4, "little") + bytes([_UTF8MB4]) + bytes(23)


def scramble(method: str, password: str, nonce: bytes) -> bytes | None:
    """Return what proves the password to a challenge; None for a log-in that is not known here."""
    secret = password.encode()
    if method == NATIVE:
        return _mixed(hashlib.sha1, secret, nonce, nonce_first=True) if secret else b""
    if method == CACHING:
        return _mixed(hashlib.sha256, secret, nonce, nonce_first=False) if secret else b""
    return None


def _mixed(
    digest: Callable[[bytes], Any], secret: bytes, nonce: bytes, *, nonce_first: bool
) -> bytes:
    once = digest(secret).digest()
    twice = digest(once).digest()
    salted = digest(nonce + twice if nonce_first else twice + nonce).digest()
    return bytes(mine ^ theirs for mine, theirs in zip(once, salted, strict=True))
