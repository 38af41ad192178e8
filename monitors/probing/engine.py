"""The engine that makes many checks at once, each at its time and none in another's way.

One thread drives all that libcurl can do; kinds that block are made in threads beside it.

Whatever happens to a check ends in a `CheckResult`: no target or prober makes it raise.
"""

import logging
import time
from bisect import bisect_right, insort
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from traceback import format_exception

import pycurl

from components.network.address_guard import AddressGuard
from components.network.guarded_sockets import GuardedSocketOpener
from components.values.secret_mask import SecretMask
from monitors.probing.base import (
    BlockingProber,
    CheckResult,
    CurlProber,
    Outcome,
    Probe,
    ProbeStatus,
    one_line,
)
from monitors.probing.curl_multi import Error, TransferLoop
from monitors.probing.jobs import Job, TransferJob
from monitors.probing.masking import masking
from monitors.probing.name_servers.unresolved import LateNames
from monitors.probing.resolver import Resolution, Resolver, slow_lookup
from monitors.probing.thread_pool import ProbeThreadPool

log = logging.getLogger(__name__)

STALL_SECONDS = 0.5
"""After a longer time without polling, a failure may be ours and not the target's."""
CAPACITY = 500
"""Within the usual 1,024 descriptors, and room for 50 dead targets a second at 10 s of patience."""
SLACK_SECONDS = 0.02
"""How late a start may be, so as to share a wake-up with its neighbours."""


_NOT_OVER = Outcome(ProbeStatus.INCONCLUSIVE, "the check is not over")
_TOO_MANY_LOOKUPS = Outcome(ProbeStatus.INCONCLUSIVE, "too many other names are being looked up")
_Queue = list[tuple[float, int, Probe]]


class Engine:
    """The prober's loop: call `step` from one thread. Instants are seconds since the epoch.

    `capacity` is how many transfers are under way at most; the rest wait. A stalled HTTP check
    takes about 10 kB, a TLS one about 100 kB. Checks in threads have places of their own, so that
    they take none from transfers. `slack` is how much later than due a check may start in
    order to share a wake-up with others that are due within it; one that has no such neighbours
    starts at its very instant.
    """

    def __init__(
        self,
        *,
        guard: AddressGuard,
        capacity: int = CAPACITY,
        wall_clock: Callable[[], float] = time.time,
        slack: float = SLACK_SECONDS,
    ) -> None:
        self.guard, self.capacity, self._slack = guard, capacity, slack
        self._wall_clock, self._now = wall_clock, time.monotonic
        # In order of their start, in monotonic time: a step of the wall clock moves none of them.
        self._transfer_queue: _Queue = []
        self._thread_queue: _Queue = []
        """A queue of their own: they need no transfer's place, and must not wait for one."""
        self._sequence = count()
        self._transfers, self._resolver = TransferLoop(), Resolver()
        self._transfers.watch(self._resolver.fileno(), self._resolver.drain)
        self._threads = ProbeThreadPool(guard=guard)
        self._transfers.watch(self._threads.fileno(), self._threads.drain)
        self._running: dict[pycurl.Curl, TransferJob] = {}
        self._resolving: dict[str, list[TransferJob]] = {}
        self._unresolved = LateNames(self._resolver)
        self._results: list[CheckResult] = []
        self._bugs_logged: set[tuple[str, str]] = set()
        self._last_poll = self._now()
        self._stalled = 0.0
        """Seconds of all stalls so far, while something was under way."""

    @property
    def in_flight(self) -> int:
        """The number of checks that have started and not ended."""
        return self._transfer_count + self._threads.in_flight

    @property
    def waiting(self) -> int:
        """The number of checks that have been added and not started."""
        return len(self._transfer_queue) + len(self._thread_queue) + self._threads.queued

    @property
    def free_capacity(self) -> int:
        """The number of checks that can be added without one having to wait for another to end."""
        return max(0, self.capacity - self._transfer_count - len(self._transfer_queue))

    @property
    def _transfer_count(self) -> int:
        resolving = sum(map(len, self._resolving.values()))
        return len(self._running) + resolving + len(self._unresolved)

    def add(self, probe: Probe) -> None:
        """Schedule this check for when it is due; at once if it is overdue."""
        start = self._now() + probe.due - self._wall_clock()
        threaded = isinstance(probe.prober, BlockingProber)
        queue = self._thread_queue if threaded else self._transfer_queue
        insort(queue, (start, next(self._sequence), probe))

    def step(self, max_wait: float) -> list[CheckResult]:
        """Start what is due, carry on, and return the results of what has ended.

        Returns as soon as something has ended, at the latest after about `max_wait` seconds.
        """
        until = self._now() + max_wait
        while True:
            now = self._now()
            self._record_stall(now - self._last_poll)
            self._start_due(now)
            planned = self._transfers.wait(self._next_event(until) - self._now())
            self._last_poll = self._now()
            self._record_stall(self._last_poll - now - planned)
            # Only now: a stall is to be known before anything is judged that it may have spoilt.
            self._take_resolutions()
            self._expire_lookups(self._last_poll)
            for late, outcome in self._unresolved.settle():
                self._end(late, outcome)
            for threaded, result in self._threads.take_completed(self._last_poll):
                self._end(threaded, self._outcome_of(threaded, result))
            for handle, error in self._transfers.take_completed():
                self._finish(handle, error)
            if self._results or self._last_poll >= until:
                found, self._results = self._results, []
                return found

    def close(self) -> None:
        """Drop everything, started or not. Takes at most about half a second."""
        self._transfer_queue.clear()
        self._thread_queue.clear()
        self._running.clear()
        self._resolving.clear()
        self._unresolved.clear()
        self._transfers.close()
        self._resolver.close()
        self._threads.close()

    def _record_stall(self, seconds: float) -> None:
        """Record a time in which nothing was polled while the deadlines went on running."""
        if seconds > STALL_SECONDS and self.in_flight:
            log.warning("the prober was stalled for %.1f s", seconds)
            self._stalled += seconds

    def _next_event(self, until: float) -> float:
        """Return when to wake up at the latest, if the network does not wake us before."""
        instants = [until, self._threads.next_event()]
        for queue, slots in self._queues():
            if queue and slots > 0:
                latest = queue[0][0] + self._slack
                neighbours = bisect_right(queue, latest, key=lambda entry: entry[0])
                instants.append(queue[neighbours - 1][0])
        instants += [job.deadline for jobs in self._resolving.values() for job in jobs]
        return min(instants)

    def _start_due(self, now: float) -> None:
        for queue, slots in self._queues():
            due = min(bisect_right(queue, now, key=lambda entry: entry[0]), max(0, slots))
            entries = queue[:due]
            del queue[:due]
            for _, _, probe in entries:
                self._start(probe)

    def _queues(self) -> tuple[tuple[_Queue, int], ...]:
        """Return the queues of checks that wait for their instants, and how many may start."""
        threaded = self._thread_queue
        return (self._transfer_queue, self.capacity - self._transfer_count), (
            threaded,
            len(threaded),
        )

    def _start(self, probe: Probe) -> None:
        base = (probe, self._now(), self._wall_clock(), self._stalled)
        if isinstance(probe.prober, BlockingProber):
            self._threads.submit(Job(*base), probe.prober)
            return
        if not isinstance(probe.prober, CurlProber):
            message = f"this prober cannot make checks of the kind {probe.prober.kind}"
            self._end(Job(*base), Outcome(ProbeStatus.INCONCLUSIVE, message))
            return
        self._begin(TransferJob(*base, probe.prober, GuardedSocketOpener(self.guard)))

    def _begin(self, job: TransferJob) -> None:
        """Look the name up that a transfer needs, then start it."""
        probe, job.name_ms, job.name_began = job.probe, 0.0, self._now()
        try:
            job.host = job.prober.host(probe.config)
        # The edge of the loop: a prober's bug is a finding.
        except Exception as bug:  # noqa: BLE001
            self._end(job, self._bug(job, bug))
            return
        if job.host is None:
            self._transfer(job, ())
            return
        name, _ = job.host
        answer = self._resolver.lookup(name)
        if answer is None:
            self._resolving.setdefault(name, []).append(job)
        else:
            self._resolved(job, answer)

    def _take_resolutions(self) -> None:
        for answer in self._resolver.answers():
            for job in self._resolving.pop(answer.host, ()):
                job.name_ms = (self._now() - job.name_began) * 1000
                self._resolved(job, answer)

    def _expire_lookups(self, now: float) -> None:
        """End the checks whose names are not known by their deadline, or find out whose fault."""
        for name, jobs in list(self._resolving.items()):
            for job in [job for job in jobs if job.deadline <= now]:
                jobs.remove(job)
                if self._resolver.is_queued(name):
                    self._end(job, _TOO_MANY_LOOKUPS)
                else:
                    message = f"the name did not resolve within {job.probe.timeout:g} s"
                    self._unresolved.add(job, name, Outcome(ProbeStatus.DOWN, message))
            if not jobs:
                del self._resolving[name]

    def _resolved(self, job: TransferJob, answer: Resolution) -> None:
        if answer.addresses:
            self._transfer(job, answer.addresses)
        else:
            self._end(job, answer.outcome)

    def _transfer(self, job: TransferJob, addresses: tuple[str, ...]) -> None:
        job.addresses = addresses
        handle = self._transfers.acquire()
        try:
            job.scratch = job.prober.prepare(handle, job.probe.config, job.probe.timeout)
            self._transfers.start(
                handle,
                timeout=job.deadline - self._now(),
                opener=job.opener,
                host=job.host,
                addresses=addresses,
            )
        except Exception as bug:  # noqa: BLE001  (the edge of the loop: a prober's bug is a finding)
            self._transfers.release(handle)
            self._end(job, self._bug(job, bug))
            return
        self._running[handle] = job

    def _finish(self, handle: pycurl.Curl, error: Error | None) -> None:
        job = self._running.pop(handle)
        next_prober, outcome = None, _NOT_OVER
        try:
            with masking(job.probe.config.mask):
                next_prober = self._redirected(job, handle, error)
                if next_prober is None:
                    outcome = self._outcome(job, handle, error)
                    next_prober = job.prober.follow_up(job.probe.config, outcome)
        except Exception as bug:  # noqa: BLE001  (the edge of the loop: a prober's bug is a finding)
            next_prober, outcome = None, self._bug(job, bug)
        self._transfers.release(handle)
        if next_prober is None:
            self._end(job, outcome)
            return
        job.prober, job.opener = next_prober, GuardedSocketOpener(self.guard)
        self._begin(job)

    def _redirected(
        self, job: TransferJob, handle: pycurl.Curl, error: Error | None
    ) -> CurlProber | None:
        if error is not None and job.opener.failure:
            return None
        return job.prober.redirected(
            handle, job.probe.config, job.scratch, error, name_ms=job.name_ms
        )

    def _outcome(self, job: TransferJob, handle: pycurl.Curl, error: Error | None) -> Outcome:
        if error is not None and job.opener.failure:
            return Outcome(ProbeStatus.INCONCLUSIVE, one_line(job.opener.failure))
        late = slow_lookup(job.name_ms, timeout=job.probe.timeout)
        if late and error is not None and error[0] == pycurl.E_OPERATION_TIMEDOUT:
            return Outcome(ProbeStatus.INCONCLUSIVE, late)
        return job.prober.interpret(
            handle, job.probe.config, job.scratch, error, name_ms=job.name_ms
        )

    def _outcome_of(self, job: Job, result: Outcome | Exception) -> Outcome:
        return result if isinstance(result, Outcome) else self._bug(job, result)

    def _bug(self, job: Job, bug: Exception) -> Outcome:
        kind, name = job.probe.prober.kind, type(bug).__name__
        if (kind, name) not in self._bugs_logged:
            # Once: the next check of the kind will most likely run into it again.
            self._bugs_logged.add((kind, name))
            # What a library raises may quote what it was given.
            trace = job.probe.config.mask("".join(format_exception(bug)))
            log.error("the prober of the kind %s failed\n%s", kind, trace)
        return Outcome(ProbeStatus.INCONCLUSIVE, f"the prober failed: {name}")

    def _end(self, job: Job, outcome: Outcome) -> None:
        ended = job.started + self._now() - job.began
        outcome = _discount_stall(outcome, stalled=self._stalled - job.stalls_before)
        outcome = _masked(outcome, job.probe.config.mask)
        self._results.append(CheckResult(job.probe, job.started, ended, outcome))


def _masked(outcome: Outcome, mask: SecretMask) -> Outcome:
    """Return an outcome without secrets, also where a kind has not used `one_line`."""
    message, detail = mask(outcome.message), outcome.detail
    if detail is not None:
        asserted = tuple(replace(each, found=mask(each.found)) for each in detail.assertions)
        detail = replace(detail, assertions=asserted)
    if (message, detail) == (outcome.message, outcome.detail):
        return outcome
    return replace(outcome, message=message, detail=detail)


def _discount_stall(outcome: Outcome, *, stalled: float) -> Outcome:
    """Return what an outcome proves when we ourselves were not polling for `stalled` seconds.

    libcurl's clock went on meanwhile: a failure or a slow answer proves nothing, and of a good
    answer the times are wrong.
    """
    if not stalled or outcome.status is ProbeStatus.INCONCLUSIVE:
        return outcome
    if outcome.status is ProbeStatus.UP:
        return replace(outcome, latency_ms=None, phases={})
    return Outcome(ProbeStatus.INCONCLUSIVE, f"the prober itself was stalled for {stalled:.1f} s")
