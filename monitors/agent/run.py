"""The agent's loop, which probes what is assigned with the same engine as any worker."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from monitors.agent.delivery import ReportSender
from monitors.agent.protocol import MAX_RESULTS, ReportedResult
from monitors.agent.scheduler import CheckScheduler
from monitors.agent.spool import Spool
from monitors.probing.base import CheckResult
from monitors.probing.connectivity import ConnectivityGuard
from monitors.probing.engine import Engine

log = logging.getLogger(__name__)

HORIZON_SECONDS = 0.5
"""Checks are given to the engine this many seconds ahead, so that each starts at its instant."""
SPOOL_SECONDS = 0.2
"""How long a result may wait for others to go to the disk with it."""
BACKLOG_SPOOL_SECONDS = 1.0
"""The same while the server is away: an hour's results are to be delivered within two minutes."""
_BACKLOG_BATCHES = 10
"""Batches waiting from which on it counts as away."""
DRAIN_SECONDS = 2.0
"""How long an agent that was asked to stop waits for what is in flight."""


class Agent:
    """A remote agent. The report sender brings assignments and takes what is spooled."""

    def __init__(
        self,
        *,
        engine: Engine,
        spool: Spool,
        report_sender: ReportSender,
        connectivity: ConnectivityGuard | None = None,
    ) -> None:
        self._engine, self._spool, self._report_sender = engine, spool, report_sender
        self._connectivity = connectivity or ConnectivityGuard(())
        self._scheduler = CheckScheduler()
        self._due: dict[int, float] = {}
        self._results: list[CheckResult] = []
        self._lines: list[dict[str, Any]] = []
        """What is to go to the disk."""
        self._disk_full = False
        self._spooled = 0.0
        self._assigned = False

    def run(self, *, stopping: Callable[[], bool]) -> str:
        """Run until asked to stop; return why the server denies this agent; '' if it does not."""
        self._report_sender.start()
        deadline: float | None = None
        while True:
            now = time.monotonic()
            if deadline is None and stopping():
                deadline = now + DRAIN_SECONDS
            if deadline is None:
                self._submit_due()
            for result in self._engine.step(max_wait=0.1):
                self._results += self._connectivity.filter(result)
            for probe in self._connectivity.due_probes():
                self._engine.add(probe)
            pause = SPOOL_SECONDS if len(self._spool) < _BACKLOG_BATCHES else BACKLOG_SPOOL_SECONDS
            if (self._results or self._lines) and now - self._spooled >= pause:
                self._spool_results()
            if self._report_sender.denied and not self._assigned:
                return self._report_sender.denied
            busy = self._engine.in_flight or self._engine.waiting or self._connectivity.held
            if deadline is not None and (not busy or now >= deadline):
                self._spool_results()
                self._report_sender.stop()
                self._report_sender.join(timeout=DRAIN_SECONDS)
                return ""

    def _submit_due(self) -> None:
        skew = self._report_sender.skew
        if skew is None:
            return
        now = time.time() + skew
        if (assigned := self._report_sender.take_assignments()) is not None:
            self._scheduler.assign(assigned, now=now)
            self._assigned = True
        for template, due in self._scheduler.take_due(until=now + HORIZON_SECONDS):
            self._due[template.key] = due
            if self._scheduler.is_down(template.key):
                self._connectivity.expect_failure(template.key)
            self._engine.add(replace(template, due=due - skew))

    def _spool_results(self) -> None:
        """Spool the results, and have them delivered; a full disk is tried again."""
        skew = self._report_sender.skew or 0.0
        for result in self._results:
            if (line := self._to_report(result, skew)) is not None:
                self._lines.append(line.model_dump(mode="json", exclude_defaults=True))
        self._results.clear()
        self._spooled = time.monotonic()
        try:
            while self._lines:
                self._spool.append(self._lines[:MAX_RESULTS])
                del self._lines[:MAX_RESULTS]
                self._report_sender.wake()
            self._spool.truncate_delivered()
            self._disk_full = False
        except OSError as error:
            if not self._disk_full:
                log.error("what was found cannot be kept on the disk: %s", error.strerror)
            self._disk_full = True

    def _to_report(self, result: CheckResult, skew: float) -> ReportedResult | None:
        due = self._due.pop(result.probe.key, result.started + skew)
        return self._scheduler.complete(result, due=due, skew=skew)
