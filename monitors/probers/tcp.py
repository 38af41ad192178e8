"""The kind `tcp`: a TCP connection, with TLS or without, and an exchange over it."""

import re
from contextlib import closing
from functools import cached_property
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from components.network.address_guard import AddressGuard
from monitors.probing import pem
from monitors.probing.base import BlockingProber, Config, Outcome, ProbeStatus, one_line
from monitors.probing.connections import (
    Deadline,
    OpenConnection,
    ProbeAbortedError,
    connection_error,
    dial,
)
from monitors.probing.host_fields import DegradedMs, Host, Port
from monitors.probing.regex import compile_pattern
from monitors.probing.services.base import secured
from monitors.probing.services.starttls import Protocol, start_tls
from monitors.probing.tls import refuse_missing_certificate

MAX_READ_BYTES = 16_384
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.|\Z)", re.DOTALL)
_ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}


class TcpConfig(Config):
    """Where to connect to, what to send, and what to expect."""

    host: Host = Field(description="Name or address to connect to.")
    port: Port = Field(description="Port to connect to.")
    send: str = Field(
        default="",
        max_length=4096,
        description="Sent when connected; write \\r, \\n, \\t, \\0 and \\xHH for what cannot be "
        "typed.",
    )
    expect: str = Field(
        default="",
        max_length=1000,
        description="Regular expression (RE2) that must match within the first 16 kB of the "
        "answer; empty: a connection is enough.",
    )
    tls: bool = Field(default=False, description="Whether to speak TLS from the first byte.")
    starttls: Protocol = Field(
        default="none",
        description="Protocol in which to ask for TLS after connecting: smtp, imap, pop3, ftp or "
        "ldap.",
    )
    verify_tls: bool = Field(
        default=True, description="Whether the certificate must be valid, with TLS."
    )
    authorities: pem.Authorities = ""
    degraded_ms: DegradedMs = None

    @field_validator("send")
    @classmethod
    def _check_send(cls, text: str) -> str:
        _bytes_of(text)
        return text

    @field_validator("expect")
    @classmethod
    def _check_expect(cls, text: str) -> str:
        compile_pattern(text)
        return text

    @model_validator(mode="after")
    def _check_one_tls(self) -> Self:
        if self.tls and self.starttls != "none":
            raise ValueError("TLS from the first byte and STARTTLS exclude each other")
        return self

    @cached_property
    def sent(self) -> bytes:
        return _bytes_of(self.send)

    @cached_property
    def pattern(self) -> Any:
        return compile_pattern(self.expect) if self.expect else None


def _bytes_of(text: str) -> bytes:
    """Return the bytes to send, from how they are written. Raises ValueError."""
    parts: list[bytes] = []
    end = 0
    try:
        for match in _ESCAPE.finditer(text):
            parts.append(text[end : match.start()].encode())
            parts.append(_byte_of(match[1]))
            end = match.end()
        return b"".join(parts) + text[end:].encode()
    except UnicodeEncodeError:
        raise ValueError("is not valid text") from None


def _byte_of(escape: str) -> bytes:
    if len(escape) == 3:
        return bytes.fromhex(escape[1:])
    if escape not in _ESCAPES:
        raise ValueError(f"\\{one_line(escape)} means nothing; write \\\\ for a backslash")
    return _ESCAPES[escape]


class TcpProber(BlockingProber):
    """One fresh connection, as a new client makes it."""

    kind = "tcp"
    label = "TCP port"
    config_type = TcpConfig

    def __init__(self, *, authorities: str | None = None) -> None:
        """`authorities` is a file of certificates to trust instead of the system's."""
        self._authorities = authorities

    def probe(self, config: TcpConfig, *, timeout: float, guard: AddressGuard) -> Outcome:
        deadline = Deadline(timeout)
        try:
            connection = dial(config.host, config.port, deadline=deadline, guard=guard)
            with closing(connection):
                start_tls(connection, config.starttls, deadline=deadline)
                if config.tls or config.starttls != "none":
                    self._secure(connection, config, deadline)
                first_byte = _exchange(connection, config, deadline)
        except ProbeAbortedError as aborted:
            return aborted.outcome
        total = deadline.elapsed_ms()
        phases = {**connection.phases, "first_byte": first_byte, "total": total}
        if config.degraded_ms is not None and total > config.degraded_ms:
            message = f"took {total:.0f} ms, more than {config.degraded_ms:g} ms"
            return Outcome(ProbeStatus.DEGRADED, message, latency_ms=total, phases=phases)
        return Outcome(ProbeStatus.UP, latency_ms=total, phases=phases)

    def _secure(self, connection: OpenConnection, config: TcpConfig, deadline: Deadline) -> None:
        socket = secured(connection, config, deadline, authorities=self._authorities)
        if config.pattern is None:
            refuse_missing_certificate(socket, deadline=deadline)


def _exchange(connection: OpenConnection, config: TcpConfig, deadline: Deadline) -> float:
    """Send and receive; return the milliseconds to the first byte. Raises ProbeAbortedError."""
    began, first_byte = deadline.elapsed_ms(), 0.0
    received = b""
    try:
        if config.sent:
            connection.socket.settimeout(deadline.left("could not send"))
            connection.socket.sendall(config.sent)
        while config.pattern is not None:
            connection.socket.settimeout(deadline.left(_missing(received)))
            chunk = connection.socket.recv(4096)
            first_byte = first_byte or deadline.elapsed_ms() - began
            received = (received + chunk)[:MAX_READ_BYTES]
            if config.pattern.search(received):
                break
            if not chunk or len(received) == MAX_READ_BYTES:
                raise ProbeAbortedError(ProbeStatus.DOWN, _mismatch(config, received))
    except TimeoutError:
        raise deadline.missed(_missing(received)) from None
    except OSError as error:
        raise ProbeAbortedError(
            ProbeStatus.DOWN, f"the connection broke: {connection_error(error)}"
        ) from None
    return first_byte


def _missing(received: bytes) -> str:
    return "not the expected answer" if received else "no answer"


def _mismatch(config: TcpConfig, received: bytes) -> str:
    if not received:
        return "the connection was closed without an answer"
    shown = one_line(received[:400].decode(errors="replace"), limit=80)
    return f"the answer “{shown}” does not match “{one_line(config.expect, limit=80)}”"
