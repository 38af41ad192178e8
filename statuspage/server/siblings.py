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
from collections.abc import Mapping

from statuspage.server.request_counter import SERVED, Key, RequestCounter

MAX_PROCESSES = 64
SLOT_BYTES = 64 * 1024
EVERY_SECONDS = 0.5
"""Between two marks of a process: what others read of it is as old as that at most."""
_HEAD = struct.Struct("<dII")
"""Instant of the last mark on the monotonic clock, length and checksum of what follows."""
_TRIES = 5


Served = Mapping[Key, tuple[int, float]]
"""What a process has served: requests and the seconds they took, by listener, route and status."""


def _sum(*parts: Served) -> dict[Key, tuple[int, float]]:
    total: dict[Key, tuple[int, float]] = {}
    for part in parts:
        for key, (count, seconds) in part.items():
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
        body = json.dumps([[*key, *counted] for key, counted in served.items()]).encode()
        start = number * SLOT_BYTES
        head = _HEAD.pack(at, len(body), zlib.crc32(body))
        self._memory[start : start + _HEAD.size + len(body)] = head + body

    def marked_at(self, number: int) -> float:
        """Return the instant of a process's last mark; 0 before the first."""
        return self._head(number)[0]

    def read(self, number: int) -> Served:
        """Return what a process has served up to its last mark."""
        start = number * SLOT_BYTES + _HEAD.size
        for _ in range(_TRIES):
            _, length, checksum = self._head(number)
            body = self._memory[start : start + min(length, SLOT_BYTES - _HEAD.size)]
            if body and zlib.crc32(body) == checksum:
                rows = json.loads(body)
                return {(row[0], row[1], row[2]): (row[3], row[4]) for row in rows}
        return {}  # empty yet; a process that dies while it writes leaves its successor none

    def _head(self, number: int) -> tuple[float, int, int]:
        start = number * SLOT_BYTES
        at, length, checksum = _HEAD.unpack(self._memory[start : start + _HEAD.size])
        return at, length, checksum


class Sibling:
    """This process among those that serve the same sockets."""

    def __init__(
        self, slots: SharedSlots, number: int, *, counter: RequestCounter = SERVED
    ) -> None:
        self._slots, self._number, self._counter = slots, number, counter
        self._before = slots.read(number)
        """What those served that had this place before."""

    def mark(self) -> None:
        """Store what has been counted, which also says that this process makes progress."""
        self._slots.write(
            self._number, _sum(self._before, self._counter.by_key()), at=time.monotonic()
        )

    async def mark_for_ever(self) -> None:
        """Mark in the event loop: one that hangs makes no progress."""
        while True:
            self.mark()
            await asyncio.sleep(EVERY_SECONDS)

    def all_served(self) -> Served:
        """Return what all of them have served."""
        self.mark()
        return _sum(*(self._slots.read(number) for number in range(self._slots.count)))

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


def served() -> Served:
    """Return what the web processes of these sockets have served, all together."""
    return SERVED.by_key() if _here is None else _here.all_served()
