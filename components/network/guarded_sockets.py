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

    __slots__ = ("_failure", "_guard", "_lent", "_taken")

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._failure = ""
        self._lent = self._taken = 0

    @property
    def failure(self) -> str:
        """Why a socket was not opened, which is no fault of the target; '' if none failed.

        To be read when the transfer is over.
        """
        if not self._failure and self._taken < self._lent:
            # pycurl duplicates each socket; for want of a descriptor it says nothing, and libcurl
            # tells what an earlier address answered.
            return "no socket: no descriptor is left"
        return self._failure

    def watch(self, handle: pycurl.Curl) -> None:
        """Have this handle's sockets opened here."""
        handle.setopt(pycurl.OPENSOCKETFUNCTION, self.open_socket)
        handle.setopt(pycurl.SOCKOPTFUNCTION, self._take)

    def _take(self, _descriptor: int, _purpose: int) -> int:
        """CURLOPT_SOCKOPTFUNCTION: libcurl has the socket."""
        self._taken += 1
        return int(pycurl.SOCKOPT_OK)

    def open_socket(self, _purpose: int, address: Any) -> _LentSocket | int:
        """CURLOPT_OPENSOCKETFUNCTION: libcurl is about to connect."""
        if address.family not in (socket.AF_INET, socket.AF_INET6):
            self._failure = "blocked: not an Internet address"
            return int(pycurl.SOCKET_BAD)
        literal = address.addr[0]
        refusal = self._guard.refusal(literal)
        if refusal is not None:
            self._failure = f"blocked address {literal}: {refusal}"
            return int(pycurl.SOCKET_BAD)
        try:
            lent = _LentSocket(socket.socket(address.family, address.socktype, address.protocol))
        except OSError as error:
            self._failure = f"no socket: {(error.strerror or str(error)).lower()}"
            return int(pycurl.SOCKET_BAD)
        self._lent += 1
        return lent
