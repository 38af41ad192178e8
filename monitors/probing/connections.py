"""Connections for checks in threads: name, guard and TCP, all by one deadline."""

import errno
import selectors
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from time import monotonic
from typing import Self

from components.network.address_guard import AddressGuard
from monitors.probing.base import Outcome, ProbeStatus, one_line
from monitors.probing.curl_errors import explain_connect
from monitors.probing.resolver import lookups, slow_lookup

HEAD_START_SECONDS = 0.25
"""How long one address is tried alone before the next joins in (RFC 8305)."""


class ProbeAbortedError(Exception):
    """A check has ended before its target could be judged; `outcome` is its result."""

    def __init__(self, word: ProbeStatus, message: str) -> None:
        self.outcome = Outcome(word, one_line(message))
        super().__init__(message)

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        """Return the error that ends a check with this outcome."""
        error = cls(outcome.status, outcome.message)
        error.outcome = outcome
        return error


@dataclass(slots=True)
class Deadline:
    """The deadline of a check, counted from `began` (monotonic)."""

    timeout: float
    """Seconds in all."""
    began: float = field(default_factory=monotonic)
    name_ms: float = 0.0
    """Milliseconds that went by until the name was known."""

    def left(self, missing: str) -> float:
        """Return the seconds left. Raises ProbeAbortedError, naming what is `missing`, at 0."""
        seconds = self.began + self.timeout - monotonic()
        if seconds <= 0:
            raise self.missed(missing)
        return seconds

    def missed(self, missing: str) -> ProbeAbortedError:
        """Return the error that ends a check whose deadline has passed."""
        if late := slow_lookup(self.name_ms, timeout=self.timeout):
            return ProbeAbortedError(ProbeStatus.INCONCLUSIVE, late)
        return ProbeAbortedError(ProbeStatus.DOWN, f"{missing} within {self.timeout:g} s")

    @property
    def is_over(self) -> bool:
        return self.began + self.timeout <= monotonic()

    def elapsed_ms(self) -> float:
        """Return the milliseconds since the check began."""
        return (monotonic() - self.began) * 1000


@dataclass(slots=True)
class OpenConnection:
    """An open connection, to be closed by its owner."""

    socket: socket.socket
    address: str
    phases: dict[str, float]
    """Milliseconds: name, connect, tls."""

    def close(self) -> None:
        self.socket.close()


def allowed_addresses(
    host: str, *, deadline: Deadline, guard: AddressGuard
) -> tuple[list[str], str]:
    """Return the addresses of `host` that may be connected to, and why others may not or ''.

    Raises ProbeAbortedError when there is none.
    """
    try:
        found: Sequence[str] = (str(ip_address(host)),)
    except ValueError:
        found = _resolve(host, deadline=deadline)
    refused = {address: guard.refusal(address) for address in found}
    allowed = [address for address, why in refused.items() if why is None]
    blocked = [f"blocked address {address}: {why}" for address, why in refused.items() if why]
    if not allowed:
        raise ProbeAbortedError(ProbeStatus.INCONCLUSIVE, blocked[0])
    return allowed, blocked[0] if blocked else ""


def dial(host: str, port: int, *, deadline: Deadline, guard: AddressGuard) -> OpenConnection:
    """Connect to the first address of `host` that answers. Raises ProbeAbortedError."""
    allowed, blocked = allowed_addresses(host, deadline=deadline, guard=guard)
    named = deadline.elapsed_ms()
    try:
        connected, address = _connect_first(allowed, port, deadline=deadline)
    except ProbeAbortedError:
        if blocked:  # the address that was not tried might have answered
            raise ProbeAbortedError(ProbeStatus.INCONCLUSIVE, blocked) from None
        raise
    phases = {"name": named, "connect": deadline.elapsed_ms() - named, "tls": 0.0}
    return OpenConnection(connected, address, phases)


def connection_error(error: OSError) -> str:
    """Return what went wrong with an open connection, in words."""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "the connection was closed"
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return (error.strerror or str(error)).lower()


def _resolve(host: str, *, deadline: Deadline) -> tuple[str, ...]:
    answer = lookups.lookup(host, seconds=deadline.left("the name did not resolve"))
    if answer is None:
        raise deadline.missed("the name did not resolve")
    if not answer.addresses:
        raise ProbeAbortedError.of(answer.outcome)
    deadline.name_ms = deadline.elapsed_ms()
    return answer.addresses


def _connect_first(
    addresses: Sequence[str], port: int, *, deadline: Deadline
) -> tuple[socket.socket, str]:
    """Race the addresses, each with a head start, and return the first socket that connects."""
    untried = deque(addresses)
    trying: dict[socket.socket, str] = {}
    failed: list[int] = []
    next_attempt = monotonic()
    with selectors.PollSelector() as selector:
        try:
            while untried or trying:
                if untried and (not trying or monotonic() >= next_attempt):
                    next_attempt = monotonic() + HEAD_START_SECONDS
                    _start_connect(untried.popleft(), port, selector, trying, failed)
                    continue
                timeout = deadline.left("no connection")
                if untried:
                    timeout = min(timeout, max(0.0, next_attempt - monotonic()))
                for key, _ in selector.select(timeout):
                    tried: socket.socket = key.fileobj  # type: ignore[assignment]
                    selector.unregister(tried)
                    address = trying.pop(tried)
                    code = _connect_error(tried)
                    if not code:
                        return tried, address
                    tried.close()
                    failed.append(code)
        finally:
            for tried in trying:
                tried.close()
    explained = [explain_connect(code) for code in failed]
    raise ProbeAbortedError(
        *next((each for each in explained if each[0] is ProbeStatus.DOWN), explained[0])
    )


def _start_connect(
    address: str,
    port: int,
    selector: selectors.BaseSelector,
    trying: dict[socket.socket, str],
    failed: list[int],
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        opened = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        failed.append(error.errno or errno.ENOBUFS)
        return
    opened.setblocking(False)
    code = opened.connect_ex((address, port))
    if code not in (0, errno.EINPROGRESS):
        opened.close()
        failed.append(code)
        return
    trying[opened] = address
    selector.register(opened, selectors.EVENT_WRITE)


def _connect_error(tried: socket.socket) -> int:
    code = tried.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        return code
    try:
        # A free port of this machine can be given to the caller itself, who then meets itself.
        return errno.ECONNREFUSED if tried.getsockname() == tried.getpeername() else 0
    except OSError as error:
        return error.errno or errno.ECONNREFUSED
