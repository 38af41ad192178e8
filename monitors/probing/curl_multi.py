"""Many libcurl transfers at once in one thread, woken by the kernel and not by looking around.

`perform` would visit every transfer at each wake-up and `select` cannot see descriptors above
1,023; epoll and `socket_action` cost the same with one transfer in flight or with a thousand.
"""

import select
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

import pycurl

OpenSocket = Callable[[int, Any], Any]
"""CURLOPT_OPENSOCKETFUNCTION: (purpose, address) -> something with a `fileno`, or SOCKET_BAD."""
Error = tuple[int, str]
"""libcurl's (code, message)."""

_EVENTS = {
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
}
_BROKEN = select.EPOLLERR | select.EPOLLHUP
DNS_KEEP_SECONDS = 5
REDIRECT_PORTS = (80, 443)
CLOSE_SECONDS = 0.5
"""How long `close` waits for libcurl, which joins threads of its own that still look up names."""


class Transfers:
    """Not thread-safe: one thread starts, waits and ends everything."""

    def __init__(self) -> None:
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        self._epoll = select.epoll()
        self._registered: set[int] = set()
        self._watched: dict[int, Callable[[], None]] = {}
        self._timer: float | None = None
        self._active: set[pycurl.Curl] = set()
        self._idle: list[pycurl.Curl] = []

    def watch(self, fd: int, on_readable: Callable[[], None]) -> None:
        """Let `wait` call `on_readable` whenever there is something to read from `fd`."""
        self._epoll.register(fd, select.EPOLLIN)
        self._watched[fd] = on_readable

    def take(self) -> pycurl.Curl:
        """A handle without any option set. It goes back with `give_back`."""
        return self._idle.pop() if self._idle else pycurl.Curl()

    def give_back(self, handle: pycurl.Curl) -> None:
        # At once, not when it is next used: its callbacks hold on to the check that is over.
        handle.reset()
        self._idle.append(handle)

    def start(
        self,
        handle: pycurl.Curl,
        *,
        timeout: float,
        open_socket: OpenSocket,
        host: tuple[str, int] | None = None,
        addresses: Sequence[str] = (),
    ) -> None:
        """Begin a transfer that `open_socket` watches over and that ends within `timeout` seconds.

        `addresses` are those of `host`, a name and a port, if they are known already. These
        options are set last, over whatever else was set on the handle.
        """
        milliseconds = max(1, round(timeout * 1000))
        setopt = handle.setopt
        setopt(pycurl.NOSIGNAL, 1)
        setopt(pycurl.TIMEOUT_MS, milliseconds)
        setopt(pycurl.CONNECTTIMEOUT_MS, milliseconds)
        setopt(pycurl.OPENSOCKETFUNCTION, open_socket)
        # A connection that is reused, or made by a proxy, has never met the guard.
        setopt(pycurl.FRESH_CONNECT, 1)
        setopt(pycurl.FORBID_REUSE, 1)
        setopt(pycurl.PROXY, "")
        setopt(pycurl.DNS_CACHE_TIMEOUT, DNS_KEEP_SECONDS)
        if host is not None and addresses:
            setopt(pycurl.RESOLVE, resolved(host, addresses))
        self._multi.add_handle(handle)
        self._active.add(handle)

    def wait(self, seconds: float) -> float:
        """Carry all transfers on, waiting for events up to `seconds`.

        The answer is how long it meant to wait: what it took beyond that was work, or somebody
        else's.
        """
        meant = max(0.0, seconds)
        if self._timer is not None:
            meant = max(0.0, min(meant, self._timer - monotonic()))
        for fd, events in self._epoll.poll(meant):
            if fd in self._watched:
                self._watched[fd]()
            else:
                self._multi.socket_action(fd, _action(events))
        if self._timer is not None and self._timer <= monotonic():
            self._timer = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        return meant

    def ended(self) -> list[tuple[pycurl.Curl, Error | None]]:
        """Transfers that are over; their handles can be read until they are given back."""
        over: list[tuple[pycurl.Curl, Error | None]] = []
        left = 1
        while left:
            left, good, bad = self._multi.info_read()
            over += [(handle, None) for handle in good]
            over += [(handle, (code, message)) for handle, code, message in bad]
        for handle, _ in over:
            self._multi.remove_handle(handle)
            self._active.discard(handle)
        return over

    def close(self) -> None:
        """Break off what is in flight and free everything."""
        for handle in self._active:
            self._multi.remove_handle(handle)
            handle.close()
        self._active.clear()
        for handle in self._idle:
            handle.close()
        self._idle.clear()
        closing = threading.Thread(target=self._multi.close, name="closing libcurl", daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)
        self._epoll.close()

    def _on_socket(self, what: int, fd: int, _multi: Any, _data: Any) -> None:
        # libcurl swallows what a callback raises, and the transfer would wait for ever. So: a
        # number that the kernel has forgotten (closed) or knows already is put right here.
        if what == pycurl.POLL_REMOVE:
            self._registered.discard(fd)
            with suppress(OSError, ValueError):  # ValueError: we are closed ourselves
                self._epoll.unregister(fd)
            return
        if fd in self._registered:
            with suppress(OSError):
                self._epoll.modify(fd, _EVENTS[what])
                return
        self._registered.add(fd)
        self._epoll.register(fd, _EVENTS[what])

    def _on_timer(self, milliseconds: int) -> None:
        self._timer = None if milliseconds < 0 else monotonic() + milliseconds / 1000


def _action(events: int) -> int:
    action = 0
    if events & select.EPOLLIN:
        action |= pycurl.CSELECT_IN
    if events & select.EPOLLOUT:
        action |= pycurl.CSELECT_OUT
    if events & _BROKEN:
        action |= pycurl.CSELECT_ERR
    return action


def resolved(host: tuple[str, int], addresses: Sequence[str]) -> list[str]:
    """CURLOPT_RESOLVE's form, also for redirects from http:// to https:// and back.

    The `+` lets libcurl forget the entry again.
    """
    name, port = host
    listed = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
    return [f"+{name}:{each}:{listed}" for each in sorted({port, *REDIRECT_PORTS})]
