"""Keeps what others' libraries ask by `requests` within the address guard.

Such a library opens its connections by urllib3, wherever a redirect or a second answer of a name
server leads it: each one is judged where its socket is about to be connected.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from components.network.address_guard import AddressGuard


class Watch:
    """A guard in force, and what it has refused."""

    def __init__(self, guard: AddressGuard) -> None:
        self.guard = guard
        self.refusals: list[str] = []

    def allowed(self, address: str) -> bool:
        """Return whether it may be connected to; else the reason is among the refusals."""
        why = self.guard.refusal(address)
        if why is not None:
            self.refusals.append(f"blocked address {address}: {why}")
        return why is None


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def guarded(guard: AddressGuard) -> Iterator[Watch]:
    """Have connections of this thread go to allowed addresses only."""
    _install()
    watch = Watch(guard)
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


@cache
def _install() -> None:
    """Put ourselves before urllib3's own function; without a guard nothing changes."""
    from urllib3.util import connection  # noqa: PLC0415  (only who uses such a library pays)

    original = connection.create_connection

    def create_connection(
        address: tuple[str, int],
        timeout: Any = None,
        source_address: tuple[str, int] | None = None,
        socket_options: Any = None,
    ) -> socket.socket:
        watch = _watch.get()
        if watch is None:
            return original(address, timeout, source_address, socket_options)
        host, port = address
        failure: OSError = OSError("no address may be connected to")
        for *_, found in socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM):
            literal = str(found[0])
            if not watch.allowed(literal):
                continue
            try:
                return original((literal, port), timeout, source_address, socket_options)
            except OSError as error:
                failure = error
        raise failure

    connection.create_connection = create_connection


__all__ = ["Watch", "guarded"]
