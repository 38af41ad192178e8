"""One probe shift: claims what is due, has the engine make the checks, stores what was found.

Two threads, so that neither waits for the other: the engine's loop does nothing but network, the
clerk's nothing but database. Were they one, a locked database would stall libcurl's clock, and
healthy targets would seem to time out.
"""

import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable

from django.db import DatabaseError, close_old_connections, connection

from monitors import rota, schedule
from monitors.config import parse_config
from monitors.engine import Engine
from monitors.models import Monitor
from monitors.probers import registry
from monitors.probers.base import BlockingProber, Finding, Probe
from monitors.schedule import Claimed
from monitors.store import Made, Target, store

log = logging.getLogger(__name__)

TICK = 0.1
"""Seconds between looks for due checks."""
HORIZON = 0.5
"""Checks are claimed this many seconds ahead, so that each starts at its very instant."""
FLUSH_SECONDS = 0.2
DRAIN_SECONDS = 2.0
"""How long a shift that was asked to stop waits for what is in flight."""
RETRY_SECONDS = 0.5
BEAT_SECONDS = 1.0


class Clerk(threading.Thread):
    """The shift's database side."""

    def __init__(self, *, region: str, slot: int, holder: str, capacity: int) -> None:
        super().__init__(name="clerk", daemon=True)
        self.claimed: queue.SimpleQueue[tuple[Claimed, Probe]] = queue.SimpleQueue()
        self.found: queue.SimpleQueue[Finding] = queue.SimpleQueue()
        self.claiming = threading.Event()
        self.claiming.set()
        self.finished = threading.Event()
        """Set by the loop when nothing more will be found."""
        self.made = 0
        self._region, self._slot, self._lease = region, slot, holder
        self._capacity = capacity
        self._targets: dict[int, Target] = {}
        self._probes: dict[int, Probe] = {}
        self._waiting: dict[int, tuple[Claimed, Target]] = {}
        self._batch: list[Made] = []
        self._flushed = self._beaten = 0.0

    def run(self) -> None:
        while True:
            last_round = self.finished.is_set()
            try:
                self._round(now=time.time())
                if last_round and not self._batch:
                    schedule.release(lease=self._lease)
                    break
                self.finished.wait(TICK) if not last_round else time.sleep(0.01)
            except DatabaseError as error:
                # Our own trouble: what was found is kept and stored later, nothing is "down".
                log.warning("the database does not answer, trying again: %s", error)
                close_old_connections()
                time.sleep(RETRY_SECONDS)
            except Exception:
                log.exception("a round of the probe shift failed")
                time.sleep(RETRY_SECONDS)
        connection.close()

    def _round(self, *, now: float) -> None:
        self._collect()
        if self._batch and (now - self._flushed >= FLUSH_SECONDS or self.finished.is_set()):
            store(self._batch, lease=self._lease)
            self.made += len(self._batch)
            self._batch.clear()
            self._flushed = now
        if now - self._beaten >= BEAT_SECONDS:
            rota.report_progress(
                region=self._region, number=self._slot, holder=self._lease, now=now
            )
            self._beaten = now
        if self.claiming.is_set():
            self._claim(now)

    def _collect(self) -> None:
        while True:
            try:
                finding = self.found.get_nowait()
            except queue.Empty:
                return
            waiting = self._waiting.pop(finding.probe.key, None)
            if waiting is not None:
                self._batch.append(Made(*waiting, finding))

    def _claim(self, now: float) -> None:
        claimed = schedule.claim(
            region=self._region,
            lease=self._lease,
            now=now,
            horizon=now + HORIZON,
            # No more than can be started soon: what waits here would outlive its lease.
            limit=self._capacity - self._transferring(),
        )
        self._read_targets(claimed)
        for item in claimed:
            target = self._targets.get(item.monitor_id)
            template = self._probes.get(item.monitor_id)
            if target is None or template is None:
                continue  # deleted, or not probeable: the lease lapses by itself
            self._waiting[item.check_id] = (item, target)
            self.claimed.put((item, template))

    def _transferring(self) -> int:
        """Checks that take a transfer's place; those in threads have places of their own."""
        probers = (self._probes[item.monitor_id].prober for item, _ in self._waiting.values())
        return sum(not isinstance(prober, BlockingProber) for prober in probers)

    def _read_targets(self, claimed: list[Claimed]) -> None:
        """Load monitors that are new to this shift or have been edited since."""
        wanted = {
            item.monitor_id
            for item in claimed
            if item.monitor_id not in self._targets
            or self._targets[item.monitor_id].monitor.revision != item.revision
        }
        if not wanted:
            return
        for monitor in Monitor.objects.filter(pk__in=wanted):
            try:
                config = parse_config(monitor.kind, monitor.config)
                prober = registry.prober(monitor.kind)
            except Exception as error:
                # One bad row is set aside; its neighbours are probed.
                log.error("monitor %s cannot be probed: %s", monitor.pk, error)
                self._targets.pop(monitor.pk, None)
                continue
            self._targets[monitor.pk] = Target.of(monitor, self._region)
            self._probes[monitor.pk] = Probe(0, prober, config, monitor.timeout, 0.0)


def run_shift(
    *,
    region: str,
    slot: int,
    engine: Engine,
    stopping: Callable[[], bool],
    seconds: float = rota.SHIFT_SECONDS,
) -> int:
    """Fill `slot` for `seconds`, then drain; the answer is how many checks were made."""
    holder = uuid.uuid4().hex
    former = rota.take(region=region, number=slot, holder=holder, now=time.time(), seconds=seconds)
    if former is None:
        return 0
    if former:
        schedule.release(lease=former)
    clerk = Clerk(region=region, slot=slot, holder=holder, capacity=engine.capacity)
    clerk.start()
    try:
        _loop(engine, clerk, until=time.monotonic() + seconds, stopping=stopping)
    finally:
        clerk.finished.set()
        if stopping():
            rota.leave(region=region, number=slot, holder=holder, now=time.time())
        clerk.join(timeout=DRAIN_SECONDS if stopping() else None)
    return clerk.made


def _loop(engine: Engine, clerk: Clerk, *, until: float, stopping: Callable[[], bool]) -> None:
    """Run the engine until the shift is over and nothing is in flight any more."""
    give_up: float | None = None
    while True:
        now = time.monotonic()
        if stopping() and give_up is None:
            give_up = now + DRAIN_SECONDS
        if now >= until or give_up is not None:
            clerk.claiming.clear()
        if give_up is not None and now >= give_up:
            return
        _take_on(engine, clerk)
        for finding in engine.step(max_wait=0.1):
            clerk.found.put(finding)
        if not clerk.claiming.is_set() and not engine.in_flight and not engine.waiting:
            _take_on(engine, clerk)
            if not engine.waiting:
                return


def _take_on(engine: Engine, clerk: Clerk) -> None:
    while True:
        try:
            claimed, template = clerk.claimed.get_nowait()
        except queue.Empty:
            return
        engine.add(
            Probe(claimed.check_id, template.prober, template.config, template.timeout, claimed.due)
        )
