"""The thread that stores pings: what comes together is stored together, then all are answered.

Keys are known by a table in memory. One that is not in it is looked up in the database, but only
so many a second: guessing costs the guesser time and us nothing. What is kept is decided by the
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

from monitors.heartbeats import ingest, ingest_coverage
from monitors.heartbeats.ingest import ReceivedPing

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.004
"""How long the first of a batch waits for others."""
MOST_AT_ONCE = 500
MOST_WAITING = 10_000
"""Pings waiting to be stored; more are told to come again. About 1 kB each without a body."""
UNKNOWN_EVERY = 0.5
"""Seconds between two look-ups of keys that are not in the table."""
UNKNOWN_AT_ONCE = 50
UNKNOWN_WAITING = 100
DOOR_SECONDS = 0.5
"""How often it is written down that the door is open."""

STAMP_SECONDS = 0.05
"""A ping may be put into the queue so much later than it is stamped."""


class PingOutcome(Enum):
    KEPT = auto()
    UNKNOWN = auto()
    AWAY = auto()
    """It is not known whether it was stored: it has to be sent again."""


_Waiting = tuple[ReceivedPing, "asyncio.Future[PingOutcome]"]


class PingWriter(threading.Thread):
    """Asked in the event loop; `start_on` it once that runs."""

    def __init__(self) -> None:
        super().__init__(name="ping_writer", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._name = uuid.uuid4().hex
        self._known: set[str] = set()
        self._loaded = False
        self._calls: deque[_Waiting] = deque()
        self._unknown: deque[_Waiting] = deque()
        self._come = threading.Event()
        self._stopping = threading.Event()
        self._unknown_due = self._door_due = 0.0
        self._away = False

    def start_on(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.start()

    def stop(self) -> None:
        self._stopping.set()
        self._come.set()

    async def ask(self, call: ReceivedPing) -> PingOutcome:
        """Store a ping; returns when that is settled. Wait for it with a deadline."""
        known = call.key_hash in self._known
        queue, most = (self._calls, MOST_WAITING) if known else (self._unknown, UNKNOWN_WAITING)
        if self._loop is None or len(queue) >= most:
            return PingOutcome.AWAY
        future: asyncio.Future[PingOutcome] = self._loop.create_future()
        # Only now has it come: what was said before may have taken its time.
        queue.append((replace(call, at=time.time()), future))
        self._come.set()
        return await future

    def run(self) -> None:
        while not self._stopping.is_set():
            batch: list[_Waiting] = []
            try:
                self._prepare()
                self._come.wait(self._patience())
                if self._calls:
                    time.sleep(GATHER_SECONDS)
                self._come.clear()
                began = time.time()
                batch = self._next_batch()
                self._keep(batch)
                self._keep_door(began=began)
                self._back()
            # The edge of the loop: it goes on, and says so.
            except Exception as error:  # noqa: BLE001
                # The edge of the loop: the pings are not answered with OK, and the next are tried.
                self._trouble(error)
                self._tell([*batch, *_drain(self._calls), *_drain(self._unknown)], PingOutcome.AWAY)
                self._stopping.wait(0.2)
        connection.close()

    def _prepare(self) -> None:
        if connection.connection is None and connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                # An answered ping outlives a loss of power too; a batch shares the price.
                cursor.execute("PRAGMA synchronous=FULL")
        if not self._loaded:
            self._known = ingest.known_keys()
            self._loaded = True

    def _patience(self) -> float:
        if self._unknown:
            return max(0.0, self._unknown_due - time.monotonic())
        return DOOR_SECONDS / 2

    def _next_batch(self) -> list[_Waiting]:
        batch = _drain(self._calls, MOST_AT_ONCE)
        if self._calls:
            self._come.set()
        if self._unknown and time.monotonic() >= self._unknown_due:
            self._unknown_due = time.monotonic() + UNKNOWN_EVERY
            batch += _drain(self._unknown, UNKNOWN_AT_ONCE)
        return batch

    def _keep(self, batch: Sequence[_Waiting]) -> None:
        if not batch:
            return
        kept = ingest.store_pings([call for call, _ in batch])
        for (call, _), known in zip(batch, kept, strict=True):
            if known:
                self._known.add(call.key_hash)
            else:
                self._known.discard(call.key_hash)
        answers = [PingOutcome.KEPT if known else PingOutcome.UNKNOWN for known in kept]
        self._settle([future for _, future in batch], answers)

    def _keep_door(self, *, began: float) -> None:
        """Tell beat up to when it may judge silence: what still waits was not silence."""
        if time.monotonic() < self._door_due or not self._known:
            return
        waiting = [queue[0][0].at for queue in (self._calls, self._unknown) if queue]
        ingest_coverage.record_coverage(
            self._name,
            seen=min([began - STAMP_SECONDS, *waiting]),
            region=settings.STATUSPAGE.region,
        )
        self._door_due = time.monotonic() + DOOR_SECONDS

    def _tell(self, waiting: Sequence[_Waiting], answer: PingOutcome) -> None:
        self._settle([future for _, future in waiting], [answer] * len(waiting))

    def _settle(
        self, futures: list["asyncio.Future[PingOutcome]"], answers: list[PingOutcome]
    ) -> None:
        if self._loop is not None and futures:
            with suppress(RuntimeError):  # the loop has ended, and with it those who wait
                self._loop.call_soon_threadsafe(_settle_all, futures, answers)

    def _trouble(self, error: Exception) -> None:
        if not self._away:
            told = f"{type(error).__name__}: {' '.join(str(error).split())}"
            log.warning("pings cannot be stored and are answered with 503 (%s)", told)
        self._away = True
        try:
            connection.close()
        # The edge of the loop: it goes on, and says so.
        except Exception as closing:  # noqa: BLE001
            log.debug("closing a broken connection: %s", closing)

    def _back(self) -> None:
        if self._away:
            log.warning("pings are stored again")
            self._away = False


def _drain(queue: deque[_Waiting], most: int = 1 << 30) -> list[_Waiting]:
    return [queue.popleft() for _ in range(min(most, len(queue)))]


def _settle_all(futures: list["asyncio.Future[PingOutcome]"], answers: list[PingOutcome]) -> None:
    for future, answer in zip(futures, answers, strict=True):
        if not future.done():  # its client may have left
            future.set_result(answer)
