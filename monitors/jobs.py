"""Checks under way, as the engine keeps them."""

import socket
from dataclasses import dataclass
from typing import Any

import pycurl

from monitors.probers.base import CurlProber, Probe
from monitors.safety import AddressGuard


class _Lent:
    """A socket for pycurl, which duplicates its descriptor and then drops this."""

    __slots__ = ("_socket",)

    def __init__(self, lent: socket.socket) -> None:
        self._socket = lent

    def fileno(self) -> int:
        return self._socket.fileno()

    def __del__(self) -> None:
        self._socket.close()


@dataclass(eq=False, slots=True)
class Job:
    """A check under way."""

    probe: Probe
    began: float
    """Monotonic."""
    started: float
    """The same instant in seconds since the epoch."""
    stalls_before: float
    """Seconds of all stalls of the engine before it."""

    @property
    def deadline(self) -> float:
        """Monotonic."""
        return self.began + self.probe.timeout


@dataclass(eq=False, slots=True)
class TransferJob(Job):
    """A check that libcurl makes. It is also the doorman of its sockets."""

    prober: CurlProber
    guard: AddressGuard
    host: tuple[str, int] | None = None
    addresses: tuple[str, ...] = ()
    name_ms: float = 0.0
    scratch: Any = None
    trouble: str = ""
    """Why a socket was not opened, though the target has nothing to do with it."""

    def open_socket(self, _purpose: int, address: Any) -> _Lent | int:
        """libcurl is about to connect: on the first hop, on redirects, on every address."""
        if address.family not in (socket.AF_INET, socket.AF_INET6):
            self.trouble = "blocked: not an Internet address"
            return int(pycurl.SOCKET_BAD)
        literal = address.addr[0]
        refusal = self.guard.refusal(literal)
        if refusal is not None:
            self.trouble = f"blocked address {literal}: {refusal}"
            return int(pycurl.SOCKET_BAD)
        try:
            return _Lent(socket.socket(address.family, address.socktype, address.protocol))
        except OSError as error:
            self.trouble = f"no socket: {(error.strerror or str(error)).lower()}"
            return int(pycurl.SOCKET_BAD)
