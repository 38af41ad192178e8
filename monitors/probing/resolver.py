"""Look-ups of host names, so that a silent name server delays only who needs its names.

libcurl could do it, but its pool has 20 threads and spends two on each name, for as long as the
system's resolver keeps trying (10 s and more): ten names whose servers are silent were seen to
make every other name look dead. Here a look-up is one thread of its own, shared by all who ask
for the same name. There are two ways to wait for it: beside the engine's loop (`Resolver`), and in
a check's own thread, within its deadline (`ThreadResolver`).

A look-up that fails, or is too late, is its name's fault only while this machine's name servers
answer other questions; else nothing is known of the name (`Resolution.unasked`).
"""

import os
import socket
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from time import monotonic

from monitors.probing.base import Outcome, ProbeStatus
from monitors.probing.host_fields import is_address, is_localhost
from monitors.probing.name_servers.health import NameServerHealth, health

MAX_THREADS = 256
"""Look-ups under way at a time, of each way to wait."""
KEEP_SECONDS = 5.0
"""How long a good answer serves further probes. Bad answers serve only those who wait for them."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The result of a look-up: addresses, or the error."""

    host: str
    addresses: tuple[str, ...] = ()
    error: int = 0
    """The resolver's code, one of `socket.EAI_…`; 0 when there are addresses."""
    unasked: bool = False
    """Whether this machine's name servers do not answer, so that nobody could be asked."""

    @property
    def ours(self) -> bool:
        """Whether it failed for want of something on this machine."""
        return self.unasked or self.error in _LOCAL_ERRORS

    @property
    def outcome(self) -> Outcome:
        """What a check comes to that has no address because of this."""
        if self.unasked:
            return NO_NAME_SERVER
        if self.ours:
            return Outcome(ProbeStatus.INCONCLUSIVE, "the name could not be looked up from here")
        return Outcome(ProbeStatus.DOWN, "name does not resolve")


def slow_lookup(name_ms: float, *, timeout: float) -> str:
    """Return that a name took more than half of a check's time, in words; '' if it did not.

    `name_ms` is in milliseconds, `timeout` in seconds. What is missing at the deadline then may be
    so for want of time. The next check finds the name with whoever was slow.
    """
    if name_ms <= timeout * 500:
        return ""
    return f"the name took {name_ms / 1000:.1f} of {timeout:g} s to resolve"


NO_NAME_SERVER = Outcome(
    ProbeStatus.INCONCLUSIVE, "this machine's name servers do not answer", no_name_server=True
)
_LOCAL_ERRORS = (socket.EAI_MEMORY, socket.EAI_SYSTEM)
_NEGATIVE_ANSWERS = (
    socket.EAI_NONAME,
    getattr(socket, "EAI_NODATA", socket.EAI_NONAME),
    getattr(socket, "EAI_ADDRFAMILY", socket.EAI_NONAME),
)
"""The codes that say: asked, and there is no such name or no address of it."""


class Lookups:
    """The look-ups under way, one for each name; may be asked from any thread.

    The system's resolver has no deadline, so a look-up always runs to its own end.
    """

    def __init__(self, *, health: NameServerHealth = health) -> None:
        self._health = health
        self._lock = threading.Lock()
        self._coming: dict[str, Future[Resolution]] = {}
        self._judging: dict[str, Future[Resolution]] = {}

    def begin(self, host: str) -> Future[Resolution]:
        """Return the look-up of a name that is under way, or start one; it never raises."""
        return self._begin(self._coming, host, self._look_up)

    def judge_late(self, host: str, *, within: float) -> Future[Resolution]:
        """Return whose fault it is that this name was not found `within` seconds; never raises."""
        return self._begin(self._judging, host, lambda host: self.late(host, within=within))

    def late(self, host: str, *, within: float) -> Resolution:
        """Do so in the caller's thread."""
        unasked = self._health.is_late_for_us(host, within=within)
        return Resolution(host, error=socket.EAI_AGAIN, unasked=unasked)

    def forget(self) -> None:
        """Reset in a forked process, which has none of the threads."""
        self._lock, self._coming, self._judging = threading.Lock(), {}, {}

    def _begin(
        self,
        table: dict[str, Future[Resolution]],
        host: str,
        find: Callable[[str], Resolution],
    ) -> Future[Resolution]:
        with self._lock:
            if (coming := table.get(host)) is not None:
                return coming
            coming = table[host] = Future()

        def run() -> None:
            self._end(table, coming, find(host))
            # When all wait no longer.
            self._health.renew()

        try:
            threading.Thread(target=run, name=f"look-up {host}", daemon=True).start()
        except RuntimeError:  # the machine gives us no more threads
            self._end(table, coming, Resolution(host, error=socket.EAI_MEMORY))
        return coming

    def _look_up(self, host: str) -> Resolution:
        # Once more if need be, for they may have been away for that moment only.
        for _ in range(2):
            found = look_up(host)
            if found.ours or found.error in _NEGATIVE_ANSWERS:
                break
            if not found.error:
                self._health.remember(host)
                break
            if self._health.answer(other_than=host) is None:
                return replace(found, unasked=True)
        return found

    def _end(
        self,
        table: dict[str, Future[Resolution]],
        coming: Future[Resolution],
        answer: Resolution,
    ) -> None:
        with self._lock:
            table.pop(answer.host, None)
        coming.set_result(answer)


UNDER_WAY = Lookups()
"""The look-ups of this process."""
os.register_at_fork(after_in_child=UNDER_WAY.forget)


class Resolver:
    """The engine's resolver, for one thread; `fileno()` is readable when answers are there.

    What exceeds `threads` waits for its turn.
    """

    def __init__(
        self,
        *,
        threads: int = MAX_THREADS,
        keep: float = KEEP_SECONDS,
        under_way: Lookups = UNDER_WAY,
    ) -> None:
        self._threads, self._keep, self._under_way = threads, keep, under_way
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        # The bell may be closed while look-ups are still out; the lock keeps their hands off it.
        self._lock = threading.Lock()
        self._open = True
        self._done: SimpleQueue[Resolution] = SimpleQueue()
        self._judged: SimpleQueue[Resolution] = SimpleQueue()
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

    def judge_late(self, host: str, *, within: float) -> None:
        """Find out whose fault it is that this name is late; it will be among `judgements()`."""
        coming = self._under_way.judge_late(host, within=within)
        coming.add_done_callback(lambda done: self._tell(self._judged, done))

    def judgements(self) -> list[Resolution]:
        """Return what was found out since the last call of names that are late."""
        return _take_all(self._judged)

    def drain(self) -> None:
        """Reset the wake-up descriptor."""
        with suppress(BlockingIOError):
            os.eventfd_read(self._bell)

    def answers(self) -> list[Resolution]:
        """Return the answers since the last call."""
        if self._done.empty():
            return []
        self.drain()
        found = _take_all(self._done)
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
            self._out.add(host)
            self._under_way.begin(host).add_done_callback(lambda done: self._tell(self._done, done))

    def _tell(self, to: SimpleQueue[Resolution], coming: Future[Resolution]) -> None:
        with self._lock:
            if self._open:
                to.put(coming.result())
                os.eventfd_write(self._bell, 1)


def _take_all(waiting: SimpleQueue[Resolution]) -> list[Resolution]:
    found: list[Resolution] = []
    with suppress(Empty):
        while True:
            found.append(waiting.get_nowait())
    return found


class ThreadResolver:
    """A resolver for any thread, which waits only as long as it can.

    What exceeds `threads` fails at once, for want of something on this machine.
    """

    def __init__(self, *, threads: int = MAX_THREADS, under_way: Lookups = UNDER_WAY) -> None:
        self._threads, self._under_way = threads, under_way
        self._lock = threading.Lock()
        self._out: dict[str, Future[Resolution]] = {}

    def lookup(self, host: str, *, seconds: float) -> Resolution | None:
        """Return the addresses of `host`, or the error; None when there is no answer in time.

        None means that its name servers, not this machine's, are silent.
        """
        with self._lock:
            self._out = {name: coming for name, coming in self._out.items() if not coming.done()}
            if host not in self._out and len(self._out) >= self._threads:
                return Resolution(host, error=socket.EAI_MEMORY)
            coming = self._out[host] = self._under_way.begin(host)
        try:
            return coming.result(timeout=seconds)
        except TimeoutError:
            late = self._under_way.late(host, within=seconds)
            return late if late.unasked else None


lookups = ThreadResolver()
"""One for all checks of this process."""


def look_up(host: str) -> Resolution:
    """Ask the system's resolver; takes as long as that takes.

    With a dot at its end a name is absolute, and an address what it is without. Of names below
    localhost nobody is asked but this machine, however they are written (RFC 6761, 6.3).
    """
    bare = host.removesuffix(".")
    if is_address(bare):
        return Resolution(host, (bare.strip("[]"),))
    asked = "localhost" if is_localhost(host) else host
    try:
        found = socket.getaddrinfo(asked.encode("ascii"), None, type=socket.SOCK_STREAM)
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
