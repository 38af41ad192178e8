"""The thread pool for checks that block, so that they do not delay the engine's loop.

What can go wrong with threads, and what is done about it:

- one that never ends cannot be stopped: its check is reported without it soon after the deadline,
  and its place stays taken until it does end, so that such threads cannot pile up;
- many silent targets of one kind take all places: each kind has places of its own, and a check
  that has waited for one in vain is skipped, visibly, instead of making all later ones late.
"""

import logging
import os
import threading
from collections import deque
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from time import monotonic

from components.network.address_guard import AddressGuard
from monitors.probing.base import BlockingProber, Outcome, ProbeStatus
from monitors.probing.jobs import Job
from monitors.probing.masking import masking

log = logging.getLogger(__name__)

SLOTS_PER_KIND = 128
"""Checks of one kind under way at a time. A thread that waits takes about 50 kB."""
QUEUE_TIMEOUT_SECONDS = 1.0
"""How long a check waits for a place."""
GRACE_SECONDS = 0.8
"""How long after its deadline a check may still end by itself."""

Result = Outcome | Exception


@dataclass(slots=True)
class _KindQueue:
    """The running and waiting checks of one kind."""

    busy: int = 0
    queued: deque[tuple[Job, BlockingProber]] = field(default_factory=deque)


class ProbeThreadPool:
    """The pool, used by the engine's thread only; `fileno()` is readable when checks ended."""

    def __init__(self, *, guard: AddressGuard, slots_per_kind: int = SLOTS_PER_KIND) -> None:
        self._guard, self._slots_per_kind = guard, slots_per_kind
        self._wakeup_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        # It may be closed while checks are still out; the lock keeps their hands off it.
        self._lock = threading.Lock()
        self._open = True
        self._tasks: SimpleQueue[tuple[Job, BlockingProber] | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[Job, Result]] = SimpleQueue()
        self._kinds: dict[str, _KindQueue] = {}
        self._running: set[Job] = set()
        self._overrun: set[Job] = set()
        """Reported already, while their threads go on."""
        self._completed: list[tuple[Job, Result]] = []
        self._workers = 0

    def fileno(self) -> int:
        return self._wakeup_fd

    @property
    def in_flight(self) -> int:
        """The number of checks that have begun and have not been reported."""
        return len(self._running)

    @property
    def queued(self) -> int:
        """The number of checks that wait for a thread."""
        return sum(len(kind.queued) for kind in self._kinds.values())

    def submit(self, job: Job, prober: BlockingProber) -> None:
        """Make this check, now or when a slot is free; it will be in `take_completed`."""
        kind = self._kinds.setdefault(prober.kind, _KindQueue())
        kind.queued.append((job, prober))
        self._start_queued(kind, now=job.began)

    def drain(self) -> None:
        """Read what has ended, once `fileno()` is readable."""
        try:
            os.eventfd_read(self._wakeup_fd)
        except BlockingIOError:
            return
        while True:
            try:
                job, result = self._done.get_nowait()
            except Empty:
                break
            kind = self._kinds[job.probe.prober.kind]
            kind.busy -= 1
            if job in self._overrun:
                self._overrun.remove(job)
            else:
                self._running.remove(job)
                self._completed.append((job, result))
            self._start_queued(kind, now=monotonic())

    def take_completed(self, now: float) -> list[tuple[Job, Result]]:
        """Return the checks completed since the last call: an outcome each, or a prober's bug."""
        for job in [job for job in self._running if job.deadline + GRACE_SECONDS <= now]:
            self._running.remove(job)
            self._overrun.add(job)
            log.error("a check of the kind %s did not end in time", job.probe.prober.kind)
            message = f"the prober itself did not end within {job.probe.timeout:g} s"
            self._completed.append((job, Outcome(ProbeStatus.INCONCLUSIVE, message)))
        for kind in self._kinds.values():
            while kind.queued and kind.queued[0][0].began + QUEUE_TIMEOUT_SECONDS <= now:
                job, prober = kind.queued.popleft()
                message = f"skipped: too many checks of the kind {prober.kind} are under way"
                self._completed.append((job, Outcome(ProbeStatus.INCONCLUSIVE, message)))
        completed, self._completed = self._completed, []
        return completed

    def next_event(self) -> float:
        """Return when `take_completed` has something without a wake-up; monotonic."""
        instants = [job.deadline + GRACE_SECONDS for job in self._running]
        instants += [
            kind.queued[0][0].began + QUEUE_TIMEOUT_SECONDS
            for kind in self._kinds.values()
            if kind.queued
        ]
        return min(instants, default=float("inf"))

    def close(self) -> None:
        """Close the pool. Checks still under way end by themselves and are not reported."""
        self._running.clear()
        self._kinds.clear()
        with self._lock:
            self._open = False
            os.close(self._wakeup_fd)
        for _ in range(self._workers):
            self._tasks.put(None)

    def _start_queued(self, kind: _KindQueue, *, now: float) -> None:
        while kind.queued and kind.busy < self._slots_per_kind:
            job, prober = kind.queued.popleft()
            # Times count from here, not from when it began to wait.
            job.started, job.began = job.started + now - job.began, now
            kind.busy += 1
            self._running.add(job)
            if self._enough_workers():
                self._tasks.put((job, prober))
            else:
                self._report(job, Outcome(ProbeStatus.INCONCLUSIVE, "no thread could be started"))

    def _enough_workers(self) -> bool:
        """Have a worker for each running check. They are kept: starting one takes its time."""
        if self._workers >= len(self._running) + len(self._overrun):
            return True
        number = self._workers + 1
        worker = threading.Thread(target=self._work, name=f"checks {number}", daemon=True)
        try:
            worker.start()
        except RuntimeError:  # the machine gives us no more threads
            return False
        self._workers = number
        return True

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            job, prober = task
            self._report(job, self._result(job, prober))

    def _result(self, job: Job, prober: BlockingProber) -> Result:
        config = job.probe.config
        try:
            with masking(config.mask):
                result = prober.probe(config, timeout=job.probe.timeout, guard=self._guard)
        # The edge of the loop: a prober's bug is a finding.
        except Exception as bug:  # noqa: BLE001
            return bug
        return result if isinstance(result, Outcome) else TypeError("no outcome")

    def _report(self, job: Job, result: Result) -> None:
        with self._lock:
            if self._open:
                self._done.put((job, result))
                os.eventfd_write(self._wakeup_fd, 1)
