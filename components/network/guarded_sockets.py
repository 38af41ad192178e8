"""Opens libcurl's sockets, to addresses that the guard allows and to no others."""

import socket
from typing import Any

import pycurl

from components.network.address_guard import AddressGuard


class _LentSocket:
    """A socket for pycurl, which duplicates its descriptor and then drops this."""

    __slots__ = ("_socket",)

    def __init__(self, lent: socket.socket) -> None:
        self._socket = lent

    def fileno(self) -> int:
        return self._socket.fileno()

    def __del__(self) -> None:
        self._socket.close()


class GuardedSocketOpener:
    """Opens the sockets of one transfer: for its first hop, redirects, every address."""

    __slots__ = ("_guard", "failure")

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self.failure = ""
        """Why a socket was not opened, which is no fault of the target; '' while none failed."""

    def open_socket(self, _purpose: int, address: Any) -> _LentSocket | int:
        """CURLOPT_OPENSOCKETFUNCTION: libcurl is about to connect."""
        if address.family not in (socket.AF_INET, socket.AF_INET6):
            self.failure = "blocked: not an Internet address"
            return int(pycurl.SOCKET_BAD)
        literal = address.addr[0]
        refusal = self._guard.refusal(literal)
        if refusal is not None:
            self.failure = f"blocked address {literal}: {refusal}"
            return int(pycurl.SOCKET_BAD)
        try:
            return _LentSocket(socket.socket(address.family, address.socktype, address.protocol))
        except OSError as error:
            self.failure = f"no socket: {(error.strerror or str(error)).lower()}"
            return int(pycurl.SOCKET_BAD)
