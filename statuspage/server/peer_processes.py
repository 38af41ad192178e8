"""The web processes of one machine that serve the same sockets: what each has counted, and that it
makes progress, in memory that all of them share.

The process that started them holds the memory open, so a process that takes another's place goes on
counting where that one ended: what is read here never falls. Each writes its own slot only.
"""

import asyncio
import json
import mmap
import os
import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from statuspage.server.request_counter import SERVED, Key

MAX_PROCESSES = 64
SLOT_BYTES = 131_072
"""Two halves, written in turn: a process that dies while it writes leaves its last mark whole."""
EVERY_SECONDS = 0.5
"""Between two marks of a process: what others read of it is as old as that at most."""
_HALF_BYTES = SLOT_BYTES // 2
_HEAD = struct.Struct("<dIII")
"""Instant of a mark on the monotonic clock, its number, length and checksum of what follows."""
_TRIES = 5


Counts = dict[Key, tuple[int, float]]
"""Requests and their seconds, by listener, route class and status."""


@dataclass(frozen=True, slots=True)
class Served:
    """What web processes have served: requests since they began, and streams that are open."""

    counts: Counts
    streams: int = 0

    def plus(self, other: "Served") -> "Served":
        return Served(added(self.counts, other.counts), self.streams + other.streams)


def added(one: Counts, other: Counts) -> Counts:
    """Return the sum of two counts."""
    total = dict(one)
    for key, (count, seconds) in other.items():
        before = total.get(key, (0, 0.0))
        total[key] = before[0] + count, before[1] + seconds
    return total


class SharedSlots:
    """A slot for each of several processes, in memory behind a descriptor that they inherit."""

    def __init__(self, fd: int, count: int) -> None:
        self.fd, self.count = fd, count
        self._memory = mmap.mmap(fd, count * SLOT_BYTES)

    @classmethod
    def create(cls, count: int) -> "SharedSlots":
        """Create them, empty."""
        fd = os.memfd_create("statuspage-web", 0)
        os.ftruncate(fd, count * SLOT_BYTES)
        return cls(fd, count)

    def write(self, number: int, served: Served, *, at: float) -> None:
        """Store what the process `number` (from 0) has served, as its mark at the instant `at`."""
        rows = [[*key, *counted] for key, counted in served.counts.items()]
        body = json.dumps([served.streams, rows]).encode()
        if _HEAD.size + len(body) > _HALF_BYTES:
            raise ValueError(
                f"the counts of a web process take more than {_HALF_BYTES - _HEAD.size} bytes"
            )
        mark = self._last(number).mark + 1
        start = number * SLOT_BYTES + mark % 2 * _HALF_BYTES
        head = _HEAD.pack(at, mark, len(body), zlib.crc32(body))
        self._memory[start : start + _HEAD.size + len(body)] = head + body

    def marked_at(self, number: int) -> float:
        """Return the instant of a process's last mark; 0 before the first."""
        return self._last(number).at

    def read(self, number: int) -> Served:
        """Return what a process has served up to its last mark."""
        body = self._last(number).body
        if not body:
            return Served({})
        streams, rows = json.loads(body)
        return Served({(row[0], row[1], row[2]): (row[3], row[4]) for row in rows}, streams)

    def _last(self, number: int) -> "_Mark":
        for _ in range(_TRIES):  # again when both halves were written while they were read
            halves = [self._half(number * SLOT_BYTES + half * _HALF_BYTES) for half in (0, 1)]
            whole = [half for half in halves if half is not None]
            if whole:
                return max(whole, key=lambda half: half.mark)
        return _Mark()

    def _half(self, start: int) -> "_Mark | None":
        at, mark, length, checksum = _HEAD.unpack(self._memory[start : start + _HEAD.size])
        first = start + _HEAD.size
        body = self._memory[first : first + min(length, _HALF_BYTES - _HEAD.size)]
        return _Mark(at, mark, body) if zlib.crc32(body) == checksum else None


@dataclass(frozen=True, slots=True)
class _Mark:
    """One mark of a process: its instant, its number, and what had been served by then."""

    at: float = 0.0
    mark: int = 0
    body: bytes = b""


class Sibling:
    """This process among those that serve the same sockets."""

    def __init__(self, slots: SharedSlots, number: int) -> None:
        self._slots, self._number = slots, number
        self._before = slots.read(number).counts
        """What those served that had this place before."""

    def mark(self, *, streams: int) -> None:
        """Store what has been counted, which also says that this process makes progress."""
        served = self._own(streams)
        self._slots.write(self._number, served, at=time.monotonic())

    async def mark_for_ever(self, streams: Callable[[], int]) -> None:
        """Mark in the event loop: one that hangs makes no progress."""
        while True:
            self.mark(streams=streams())
            await asyncio.sleep(EVERY_SECONDS)

    def all_served(self, *, streams: int) -> Served:
        """Return what all of them have served: this one up to now, others up to their last mark.

        This one is marked first, so that no count that was returned once is ever lost with it.
        """
        served = self._own(streams)
        self._slots.write(self._number, served, at=time.monotonic())
        for number in range(self._slots.count):
            if number != self._number:
                served = served.plus(self._slots.read(number))
        return served

    def _own(self, streams: int) -> Served:
        return Served(added(self._before, SERVED.by_key()), streams)

    @property
    def count(self) -> int:
        """How many processes there are."""
        return self._slots.count


_here: Sibling | None = None


def join(fd: int, *, number: int, count: int) -> None:
    """Make this process the `number`th (from 0) of `count` that share the memory behind `fd`."""
    global _here  # noqa: PLW0603  (of this process there is one)
    _here = Sibling(SharedSlots(fd, count), number)


def here() -> Sibling | None:
    """Return this process among its siblings; None where it serves alone."""
    return _here


def process_count() -> int:
    """Return how many web processes serve these sockets."""
    return 1 if _here is None else _here.count


def served(*, streams: int) -> Served:
    """Return what the web processes of these sockets have served, all together.

    `streams` are those that this one has open.
    """
    if _here is None:
        return Served(SERVED.by_key(), streams)
    return _here.all_served(streams=streams)
