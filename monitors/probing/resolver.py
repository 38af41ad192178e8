"""The resolver beside the engine's loop, so that a silent name server delays no check.

libcurl could do it, but its pool has 20 threads and spends two on each name, for as long as the
system's resolver keeps trying (10 s and more): ten names whose servers are silent were seen to
make every other name look dead. Here a look-up is one thread of its own, shared by all who ask
for the same name.
"""

import os
import socket
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic

MAX_THREADS = 256
"""Look-ups under way at a time; more wait for their turn."""
KEEP_SECONDS = 5.0
"""How long a good answer serves further probes. Bad answers serve only those who wait for them."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The result of a look-up: addresses, or the error."""

    host: str
    addresses: tuple[str, ...] = ()
    error: int = 0
    """The resolver's code, one of `socket.EAI_…`; 0 when there are addresses."""

    @property
    def ours(self) -> bool:
        """Whether it failed for want of something on this machine."""
        return self.error in (socket.EAI_MEMORY, socket.EAI_SYSTEM)


class Resolver:
    """The engine's resolver, for one thread; `fileno()` is readable when answers are there."""

    def __init__(self, *, threads: int = MAX_THREADS, keep: float = KEEP_SECONDS) -> None:
        self._threads, self._keep = threads, keep
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        # The bell may be closed while look-ups are still out; the lock keeps their hands off it.
        self._lock = threading.Lock()
        self._open = True
        self._done: SimpleQueue[Resolution] = SimpleQueue()
        self._out: set[str] = set()
        self._queued: deque[str] = deque()
        self._kept: dict[str, tuple[float, Resolution]] = {}

    def fileno(self) -> int:
        return self._bell

    def lookup(self, host: str) -> Resolution | None:
        """Return a cached answer, or None: it will be among `answers()`."""
        until, answer = self._kept.get(host, (0.0, None))
        if answer is not None and monotonic() < until:
            return answer
        if host not in self._out and host not in self._queued:
            self._queued.append(host)
            self._send_out()
        return None

    def is_queued(self, host: str) -> bool:
        """Return whether the look-up has not begun, since too many others are under way."""
        return host in self._queued

    def drain(self) -> None:
        """Reset the wake-up descriptor."""
        with suppress(BlockingIOError):
            os.eventfd_read(self._bell)

    def answers(self) -> list[Resolution]:
        """Return the answers since the last call."""
        if self._done.empty():
            return []
        self.drain()
        found = []
        while True:
            try:
                found.append(self._done.get_nowait())
            except Empty:
                break
        self._out.difference_update(answer.host for answer in found)
        self._keep_good(found)
        self._send_out()
        return found

    def close(self) -> None:
        """Close it. Look-ups still under way end by themselves and are not reported."""
        with self._lock:
            self._open = False
            os.close(self._bell)

    def _keep_good(self, answers: list[Resolution]) -> None:
        now = monotonic()
        if len(self._kept) > 10_000:
            self._kept = {host: kept for host, kept in self._kept.items() if now < kept[0]}
        for answer in answers:
            if answer.addresses:
                self._kept[answer.host] = (now + self._keep, answer)

    def _send_out(self) -> None:
        while self._queued and len(self._out) < self._threads:
            host = self._queued.popleft()
            thread = threading.Thread(
                target=self._look_up, args=(host,), name=f"look-up {host}", daemon=True
            )
            self._out.add(host)
            try:
                thread.start()
            except RuntimeError:  # the machine gives us no more threads
                self._tell(Resolution(host, error=socket.EAI_MEMORY))

    def _look_up(self, host: str) -> None:
        self._tell(look_up(host))

    def _tell(self, answer: Resolution) -> None:
        with self._lock:
            if self._open:
                self._done.put(answer)
                os.eventfd_write(self._bell, 1)


def look_up(host: str) -> Resolution:
    """Ask the system's resolver; takes as long as that takes."""
    try:
        found = socket.getaddrinfo(host.encode("ascii"), None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return Resolution(host, error=error.errno or socket.EAI_FAIL)
    except (OSError, UnicodeError):
        return Resolution(host, error=socket.EAI_SYSTEM)
    # Once each, in the resolver's order of preference.
    addresses = dict.fromkeys(str(address[0]) for _, _, _, _, address in found)
    return (
        Resolution(host, tuple(addresses))
        if addresses
        else Resolution(host, error=socket.EAI_NONAME)
    )
