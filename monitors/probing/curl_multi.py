"""Many libcurl transfers at once in one thread, woken by the kernel and not by polling.

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

from components.network.guarded_sockets import GuardedSocketOpener

Error = tuple[int, str]
"""libcurl's (code, message)."""

_EVENTS = {
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
}
_ERROR_EVENTS = select.EPOLLERR | select.EPOLLHUP
DNS_CACHE_SECONDS = 5
CLOSE_SECONDS = 0.5
"""How long `close` waits for libcurl, which joins threads of its own that still look up names."""


class TransferLoop:
    """The transfers under way. Not thread-safe: one thread starts, waits and ends everything."""

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

    def acquire(self) -> pycurl.Curl:
        """Return a handle without any option set, to be given back with `release`."""
        return self._idle.pop() if self._idle else pycurl.Curl()

    def release(self, handle: pycurl.Curl) -> None:
        """Give a handle back, with all its options reset."""
        # At once, not when it is next used: its callbacks hold on to the check that is over.
        handle.reset()
        # A reset spares the cookies: those of one check must not be sent by another.
        handle.setopt(pycurl.COOKIELIST, "ALL")
        self._idle.append(handle)

    def start(
        self,
        handle: pycurl.Curl,
        *,
        timeout: float,
        opener: GuardedSocketOpener,
        host: tuple[str, int] | None = None,
        addresses: Sequence[str] = (),
    ) -> None:
        """Start a transfer that `opener` watches over and that ends within `timeout` seconds.

        `addresses` are those of `host`, a name and a port, if they are known already. These
        options are set last, over whatever else was set on the handle.
        """
        milliseconds = max(1, round(timeout * 1000))
        setopt = handle.setopt
        setopt(pycurl.NOSIGNAL, 1)
        setopt(pycurl.TIMEOUT_MS, milliseconds)
        setopt(pycurl.CONNECTTIMEOUT_MS, milliseconds)
        opener.watch(handle)
        # A connection that is reused, or made by a proxy, has never met the guard.
        setopt(pycurl.FRESH_CONNECT, 1)
        setopt(pycurl.FORBID_REUSE, 1)
        setopt(pycurl.PROXY, "")
        setopt(pycurl.DNS_CACHE_TIMEOUT, DNS_CACHE_SECONDS)
        if host is not None and addresses:
            setopt(pycurl.RESOLVE, resolve_entries(host, addresses))
        self._multi.add_handle(handle)
        self._active.add(handle)

    def wait(self, seconds: float) -> float:
        """Carry all transfers on, waiting for events up to `seconds`.

        Returns how long it planned to wait, in seconds: what it took beyond that was work, or
        another process's.
        """
        planned = max(0.0, seconds)
        if self._timer is not None:
            planned = max(0.0, min(planned, self._timer - monotonic()))
        for fd, events in self._epoll.poll(planned):
            if fd in self._watched:
                self._watched[fd]()
            else:
                self._multi.socket_action(fd, _event_mask(events))
        if self._timer is not None and self._timer <= monotonic():
            self._timer = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        return planned

    def take_completed(self) -> list[tuple[pycurl.Curl, Error | None]]:
        """Return transfers that are over; their handles can be read until they are released."""
        completed: list[tuple[pycurl.Curl, Error | None]] = []
        left = 1
        while left:
            left, good, bad = self._multi.info_read()
            completed += [(handle, None) for handle in good]
            completed += [(handle, (code, message)) for handle, code, message in bad]
        for handle, _ in completed:
            self._multi.remove_handle(handle)
            self._active.discard(handle)
        return completed

    def close(self) -> None:
        """Abort what is in flight and free everything."""
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


def _event_mask(events: int) -> int:
    action = 0
    if events & select.EPOLLIN:
        action |= pycurl.CSELECT_IN
    if events & select.EPOLLOUT:
        action |= pycurl.CSELECT_OUT
    if events & _ERROR_EVENTS:
        action |= pycurl.CSELECT_ERR
    return action


def resolve_entries(host: tuple[str, int], addresses: Sequence[str]) -> list[str]:
    """Return CURLOPT_RESOLVE's entries. The `+` lets libcurl forget them again."""
    name, port = host
    listed = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
    return [f"+{name}:{port}:{listed}"]
