"""The thread that stores pings: what comes together is stored together, then all are answered.

Keys are known by a table in memory. While pings with others wait, the table is read anew, so
often a second and no more: guessing costs the guesser time and us one query for all guesses, and
the first ping of a new heartbeat waits no longer for them. What is kept is decided by the
database in the end, so a key that was replaced is void at once.
"""

import asyncio
import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from enum import Enum, auto

from django.conf import settings
from django.db import connection

from components.database.errors import is_unavailable, reason
from monitors.heartbeats import ingest, ingest_coverage
from monitors.heartbeats.ingest import ReceivedPing
from statuspage.runtime import schema

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.004
"""How long the first of a batch waits for others."""
MAX_BATCH = 500
MAX_QUEUED = 10_000
"""Pings waiting to be stored; more are refused. About 1 kB each without a body."""
UNKNOWN_INTERVAL = 0.25
"""Seconds between two readings of the table, while there are keys that are not in it."""
COVERAGE_SECONDS = 0.5
"""How often it is recorded that pings are taken in, complete up to an instant."""

STAMP_SECONDS = 0.05
"""A ping may be put into the queue so much later than it is stamped."""


class PingOutcome(Enum):
    """What became of a ping."""

    STORED = auto()
    UNKNOWN = auto()
    UNAVAILABLE = auto()
    """It is not known whether it was stored: it has to be sent again."""


_QueuedPing = tuple[ReceivedPing, "asyncio.Future[PingOutcome]"]


class PingWriter(threading.Thread):
    """Stores pings that the event loop hands over; `start_on` it once that runs."""

    def __init__(self) -> None:
        super().__init__(name="ping_writer", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._name = uuid.uuid4().hex
        self._known_keys: set[str] = set()
        self._loaded = False
        self._queue: deque[_QueuedPing] = deque()
        self._unknown_queue: deque[_QueuedPing] = deque()
        self._arrived = threading.Event()
        self._stopping = threading.Event()
        self._unknown_due = self._coverage_due = 0.0
        self._unavailable = False

    def start_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the thread; outcomes are set in `loop`."""
        self._loop = loop
        self.start()

    def stop(self) -> None:
        """End the thread after the batch that it is storing."""
        self._stopping.set()
        self._arrived.set()

    def knows(self, key_hash: str) -> bool:
        """Return whether a key is in the table, as it was last read."""
        return key_hash in self._known_keys

    async def store(self, ping: ReceivedPing) -> PingOutcome:
        """Store a ping; returns when that is settled. Wait for it with a deadline."""
        queue = self._queue if self.knows(ping.key_hash) else self._unknown_queue
        if self._loop is None or len(queue) >= MAX_QUEUED:
            return PingOutcome.UNAVAILABLE
        future: asyncio.Future[PingOutcome] = self._loop.create_future()
        # Only now has it come: what was sent before may have taken its time.
        queue.append((replace(ping, at=time.time()), future))
        self._arrived.set()
        return await future

    def run(self) -> None:
        while not self._stopping.is_set():
            batch: list[_QueuedPing] = []
            try:
                self._prepare()
                self._arrived.wait(self._wait_seconds())
                if self._queue:
                    time.sleep(GATHER_SECONDS)
                self._arrived.clear()
                started_at = time.time()
                batch = self._next_batch()
                self._store(batch)
                self._record_coverage(started_at=started_at)
                self._note_recovery()
            # The edge of the loop: it goes on, and says so.
            except Exception as error:  # noqa: BLE001
                # The edge of the loop: the pings are not answered with OK, and the next are tried.
                self._note_failure(error)
                self._settle_as(
                    [*batch, *_drain(self._queue), *_drain(self._unknown_queue)],
                    PingOutcome.UNAVAILABLE,
                )
                self._stopping.wait(0.2)
        connection.close()

    def _prepare(self) -> None:
        if connection.connection is None and connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                # An answered ping outlives a loss of power too; a batch shares the price.
                cursor.execute("PRAGMA synchronous=FULL")
        if not self._loaded:
            self._known_keys = ingest.known_keys()
            self._loaded = True

    def _wait_seconds(self) -> float:
        if self._unknown_queue:
            return max(0.0, self._unknown_due - time.monotonic())
        return COVERAGE_SECONDS / 2

    def _next_batch(self) -> list[_QueuedPing]:
        batch: list[_QueuedPing] = []
        if self._unknown_queue and time.monotonic() >= self._unknown_due:
            self._unknown_due = time.monotonic() + UNKNOWN_INTERVAL
            batch = self._known_by_now(_drain(self._unknown_queue))
        batch += _drain(self._queue, MAX_BATCH)
        if self._queue:
            self._arrived.set()
        return batch

    def _known_by_now(self, waiting: list[_QueuedPing]) -> list[_QueuedPing]:
        """Return those whose keys are in the table when it is read anew; answer the others."""
        try:
            self._known_keys = ingest.known_keys()
        except Exception:
            self._settle_as(waiting, PingOutcome.UNAVAILABLE)
            raise
        known = [each for each in waiting if each[0].key_hash in self._known_keys]
        guesses = [each for each in waiting if each[0].key_hash not in self._known_keys]
        self._settle_as(guesses, PingOutcome.UNKNOWN)
        return known

    def _store(self, batch: Sequence[_QueuedPing]) -> None:
        if not batch:
            return
        known_flags = ingest.store_pings([ping for ping, _ in batch])
        for (ping, _), known in zip(batch, known_flags, strict=True):
            if known:
                self._known_keys.add(ping.key_hash)
            else:
                self._known_keys.discard(ping.key_hash)
        outcomes = [PingOutcome.STORED if known else PingOutcome.UNKNOWN for known in known_flags]
        self._settle([future for _, future in batch], outcomes)

    def _record_coverage(self, *, started_at: float) -> None:
        """Record up to when beat may judge silence: what still waits was not silence."""
        if time.monotonic() < self._coverage_due or not self._known_keys:
            return
        waiting = [queue[0][0].at for queue in (self._queue, self._unknown_queue) if queue]
        ingest_coverage.record_coverage(
            self._name,
            seen=min([started_at - STAMP_SECONDS, *waiting]),
            region=settings.STATUSPAGE.region,
        )
        self._coverage_due = time.monotonic() + COVERAGE_SECONDS

    def _settle_as(self, waiting: Sequence[_QueuedPing], outcome: PingOutcome) -> None:
        self._settle([future for _, future in waiting], [outcome] * len(waiting))

    def _settle(
        self, futures: list["asyncio.Future[PingOutcome]"], outcomes: list[PingOutcome]
    ) -> None:
        if self._loop is not None and futures:
            with suppress(RuntimeError):  # the loop has ended, and with it those who wait
                self._loop.call_soon_threadsafe(_settle_all, futures, outcomes)

    def _note_failure(self, error: Exception) -> None:
        # Of an outage the process says once what there is to say.
        quiet = is_unavailable(error) or schema.is_being_made(error)
        if not self._unavailable and not quiet:
            why = f"{type(error).__name__}: {reason(error)}"
            log.warning("pings cannot be stored and are answered with 503 (%s)", why)
            self._unavailable = True
        try:
            connection.close()
        # The edge of the loop: it goes on, and says so.
        except Exception as closing:  # noqa: BLE001
            log.debug("closing a broken connection: %s", closing)

    def _note_recovery(self) -> None:
        if self._unavailable:
            log.warning("pings are stored again")
            self._unavailable = False


def _drain(queue: deque[_QueuedPing], limit: int = 1 << 30) -> list[_QueuedPing]:
    return [queue.popleft() for _ in range(min(limit, len(queue)))]


def _settle_all(futures: list["asyncio.Future[PingOutcome]"], outcomes: list[PingOutcome]) -> None:
    for future, outcome in zip(futures, outcomes, strict=True):
        if not future.done():  # its client may have left
            future.set_result(outcome)
