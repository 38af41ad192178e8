"""One probe shift: leases what is due, has the engine make the checks, stores the results.

Two threads, so that neither waits for the other: the engine's loop does nothing but network, the
database thread nothing but database. Were they one, a locked database would stall libcurl's clock,
and healthy targets would seem to time out.
"""

import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection

from components.database.errors import is_unavailable, reason
from components.status import Verdict
from monitors import absences, vantage_points
from monitors.probing.base import BlockingProber, CheckResult, Probe
from monitors.probing.connectivity import ConnectivityGuard
from monitors.probing.engine import Engine
from monitors.readers import self_report
from monitors.rules.clock_steps import ClockStep
from monitors.rules.intervals import earliest_start
from monitors.worker import blindness, leases, slots, spread
from monitors.worker.check_spans import add_spans
from monitors.worker.clock_shift import ClockFollower, shift_lease, shift_result
from monitors.worker.leases import LeasedCheck
from monitors.worker.probe_memory import probe_memory
from monitors.worker.result_writer import CompletedCheck, Target, store_results
from monitors.worker.tally import Tally
from monitors.worker.target_cache import TargetCache

log = logging.getLogger(__name__)

ROUND_SECONDS = 0.25
"""Seconds between the database thread's rounds: each stores results and leases due checks."""
HORIZON_SECONDS = 0.5
"""Checks are leased this many seconds ahead, so that each starts at its very instant."""
DRAIN_SECONDS = 2.0
"""How long a shift that was asked to stop waits for what is in flight."""
RETRY_SECONDS = 0.5
BEAT_SECONDS = 1.0


class ShiftDatabaseThread(threading.Thread):
    """The shift's database side."""

    def __init__(
        self,
        *,
        region: str,
        slot: int,
        holder: str,
        capacity: int,
        targets: TargetCache,
        connectivity: ConnectivityGuard | None = None,
        clock: ClockFollower | None = None,
        present_at: float | None = None,
    ) -> None:
        """`present_at` is when its slot was acquired."""
        super().__init__(name="database_thread", daemon=True)
        self.leased: queue.SimpleQueue[tuple[LeasedCheck, Probe]] = queue.SimpleQueue()
        self.results: queue.SimpleQueue[CheckResult] = queue.SimpleQueue()
        self.leasing = threading.Event()
        self.leasing.set()
        self.finished = threading.Event()
        """Set by the loop when no more results will come."""
        self.superseded = threading.Event()
        """Set when the slot has gone to a successor."""
        self.made = 0
        self._region, self._slot, self._lease = region, slot, holder
        self._capacity = capacity
        self._tally = Tally(region=region, slot=slot)
        self._targets = targets
        self._connectivity = connectivity or ConnectivityGuard(())
        self._connectivity_reporter = vantage_points.ConnectivityReporter(region)
        self._in_flight: dict[int, tuple[LeasedCheck, Target, int]] = {}
        """Each with how many steps of the clock had been observed when it was leased."""
        self._threaded: set[int] = set()
        """Those of them that are made in threads."""
        self._batch: list[CompletedCheck] = []
        self._progress_at = 0.0
        self._present_at = present_at
        """When the database last knew that this shift is there, by the clock as it is now."""
        self._clock = clock or ClockFollower()
        self._steps: list[ClockStep] = []
        """By which the clock was set during this shift."""

    def run(self) -> None:
        unreachable = False
        while True:
            last_round = self.finished.is_set()
            try:
                self._round(now=time.time())
                unreachable = False
                if last_round and not self._batch:
                    leases.release(lease=self._lease)
                    self._tally.store()
                    break
                self.finished.wait(ROUND_SECONDS) if not last_round else time.sleep(0.01)
            except DatabaseError as error:
                # Our own trouble: what was found is kept and stored later, nothing is "down".
                # Of an outage the process says once what there is to say.
                if not is_unavailable(error) and not unreachable:
                    log.warning("the database refuses, trying again: %s", reason(error))
                unreachable = True
                connection.close()
                time.sleep(RETRY_SECONDS)
            except Exception:
                log.exception("a round of the probe shift failed")
                time.sleep(RETRY_SECONDS)
        connection.close()

    def _round(self, *, now: float) -> None:
        self._follow_clock()
        self._collect()
        if self._batch:
            store_results(self._batch, lease=self._lease)
            self._tally.add(self._batch)
            add_spans(self._batch)
            self.made += len(self._batch)
            self._batch.clear()
        if now - self._progress_at >= BEAT_SECONDS:
            if not self._report_progress(now):
                self.superseded.set()
            self_report.report("probes", now=now)
            self._tally.store()
            self._progress_at = now
        self._connectivity_reporter.follow(
            blind_since=self._connectivity.blind_since,
            names_only=self._connectivity.lacks_names_only,
            is_connected=self._connectivity.is_connected,
        )
        if self.leasing.is_set() and not self._connectivity_reporter.leaves_checks_to_others:
            self._lease_due(now)

    def _report_progress(self, now: float) -> bool:
        """Report it; return False when the slot has gone to another."""
        holds: dict[str, Any] = {
            "region": self._region,
            "number": self._slot,
            "holder": self._lease,
            "now": now,
        }
        if self._present_at is None or now - self._present_at <= absences.GAP_SECONDS:
            held, away = slots.report_progress(**holds), 0.0
        else:  # The machine slept, or the database was away.
            held, away = slots.report_return(**holds)
        # Not before it is stored: a try that fails is no presence.
        self._present_at = now
        spread.spread_late(region=self._region, away=away, now=now)
        return held

    def _follow_clock(self) -> None:
        for step in self._clock.follow():
            self._steps.append(step)
            self._progress_at = 0.0
            if self._present_at is not None:
                self._present_at = step.moved(self._present_at)
            probe_memory.clear()
            for check_id, (leased, target, steps_before) in self._in_flight.items():
                self._in_flight[check_id] = shift_lease(leased, step), target, steps_before

    def _collect(self) -> None:
        while True:
            try:
                result = self.results.get_nowait()
            except queue.Empty:
                return
            entry = self._in_flight.pop(result.probe.key, None)
            self._threaded.discard(result.probe.key)
            if entry is not None:
                leased, target, steps_before = entry
                # Not by older ones: after a step back and one forth it would pass for older still.
                for step in self._steps[steps_before:]:
                    result = shift_result(result, step)
                self._batch.append(CompletedCheck(leased, target, result))

    def _lease_due(self, now: float) -> None:
        leased = leases.lease_due(
            region=self._region,
            lease=self._lease,
            now=now,
            horizon=now + HORIZON_SECONDS,
            # No more than can be started soon: what waits here would outlive its lease.
            # Checks in threads take no transfer's place; they have places of their own.
            limit=self._capacity - len(self._in_flight) + len(self._threaded),
        )
        self._targets.refresh(leased)
        made_before: dict[int, float] = {}
        for item in leased:
            known = self._targets.get(item.monitor_id)
            if known is None:
                continue  # deleted, or not probeable: the lease lapses by itself
            target, template = known
            start = max(item.due, now)
            if (earliest := _earliest_start(item, target, start)) > start:
                made_before[item.check_id] = earliest
                continue
            probe_memory.note(item.check_id, revision=item.revision, start=start)
            self._in_flight[item.check_id] = (item, target, len(self._steps))
            if isinstance(template.prober, BlockingProber):
                self._threaded.add(item.check_id)
            self.leased.put((item, template))
        leases.postpone(made_before, lease=self._lease)


def _earliest_start(item: LeasedCheck, target: Target, start: float) -> float:
    """Return `start`, or a later one if this machine has made the check for it already."""
    last = probe_memory.last(item.check_id, revision=item.revision)
    if last is None:
        return start
    monitor = target.monitor
    return earliest_start(
        item.check_id,
        last=last,
        start=start,
        interval=monitor.interval,
        retry=monitor.effective_retry if item.state.suspicious else None,
    )


def run_shift(
    *,
    region: str,
    slot: int,
    engine: Engine,
    stopping: Callable[[], bool],
    targets: TargetCache | None = None,
    connectivity: ConnectivityGuard | None = None,
    clock: ClockFollower | None = None,
    seconds: float = slots.SHIFT_SECONDS,
    overtime: float = 0.0,
) -> int:
    """Fill `slot` for `seconds`, then drain; return how many checks were made.

    While no successor has come it goes on for up to `overtime` seconds, so that checks are made in
    time although a call was lost or the queue is slow.
    `targets` is the cache of former shifts of this process;
    `connectivity` judges failures by this vantage point's reference targets; `clock` has watched
    the clock since before this shift.
    """
    connectivity = connectivity or ConnectivityGuard(())
    if blindness.stays_blind(region, engine, connectivity, stopping=stopping):
        return 0
    holder = uuid.uuid4().hex
    now = time.time()
    acquired = slots.acquire_slot(
        region=region, number=slot, holder=holder, now=now, seconds=seconds
    )
    if acquired is None:
        return 0
    if acquired.gone:
        leases.release(lease=acquired.gone)
    spread.spread_late(region=region, away=acquired.away, now=now)
    database_thread = ShiftDatabaseThread(
        region=region,
        slot=slot,
        holder=holder,
        capacity=engine.capacity,
        targets=targets or TargetCache(region=region),
        connectivity=connectivity,
        clock=clock,
        present_at=now,
    )
    database_thread.start()
    try:
        until = time.monotonic() + seconds
        _loop(
            engine,
            database_thread,
            connectivity,
            until=until,
            latest=until + overtime,
            stopping=stopping,
        )
    finally:
        database_thread.finished.set()
        if stopping():
            slots.release_slot(region=region, number=slot, holder=holder, now=time.time())
        database_thread.join(timeout=DRAIN_SECONDS if stopping() else None)
    return database_thread.made


def _loop(
    engine: Engine,
    database_thread: ShiftDatabaseThread,
    connectivity: ConnectivityGuard,
    *,
    until: float,
    latest: float,
    stopping: Callable[[], bool],
) -> None:
    """Run the engine until the shift is over and nothing is in flight any more."""
    give_up: float | None = None
    while True:
        now = time.monotonic()
        if stopping() and give_up is None:
            give_up = now + DRAIN_SECONDS
        is_over = now >= until and (database_thread.superseded.is_set() or now >= latest)
        if is_over or give_up is not None:
            database_thread.leasing.clear()
        if give_up is not None and now >= give_up:
            return
        _submit_leased(engine, database_thread, connectivity)
        for result in engine.step(max_wait=0.1):
            for released in connectivity.filter(result):
                database_thread.results.put(released)
        for probe in connectivity.due_probes():
            engine.add(probe)
        if not database_thread.leasing.is_set() and not _busy(engine, connectivity):
            _submit_leased(engine, database_thread, connectivity)
            if not engine.waiting:
                return


def _busy(engine: Engine, connectivity: ConnectivityGuard) -> bool:
    return bool(engine.in_flight or engine.waiting or connectivity.held)


def _submit_leased(
    engine: Engine, database_thread: ShiftDatabaseThread, connectivity: ConnectivityGuard
) -> None:
    while True:
        try:
            leased, template = database_thread.leased.get_nowait()
        except queue.Empty:
            return
        if leased.state.verdict is Verdict.DOWN:
            connectivity.expect_failure(leased.check_id)
        # No further ahead than it was claimed: the clock may have been set back since.
        due = min(leased.due, time.time() + HORIZON_SECONDS)
        engine.add(Probe(leased.check_id, template.prober, template.config, template.timeout, due))
