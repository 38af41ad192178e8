"""An agent's network side: polls assignments, delivers the spool, sends heartbeats."""

import logging
import os
import random
import socket
import threading
import time
from typing import Any

from monitors.agent.api_client import (
    ApiClient,
    DeniedError,
    RefusedError,
    RetryLaterError,
    UnreachableError,
)
from monitors.agent.protocol import Assignment, Report, ReportedResult
from monitors.agent.spool import Spool
from monitors.probing.connectivity import ConnectivityGuard
from monitors.readers.host_metrics import HostMetrics

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0
"""How long a change of the assignments may take to be noticed."""
HEARTBEAT_SECONDS = 5.0
MEASURE_SECONDS = 15.0
FIRST_PAUSE = 0.5
MAX_PAUSE = 30.0
SKEW_WARNING_SECONDS = 1.0
"""An offset between the clocks that is worth a warning, in seconds."""


class ReportSender(threading.Thread):
    """The sender, in a thread of its own: a server that hangs must not keep a probe waiting."""

    def __init__(
        self,
        *,
        server: ApiClient,
        spool: Spool,
        host: HostMetrics,
        name: str,
        region: str,
        connectivity: ConnectivityGuard | None = None,
    ) -> None:
        super().__init__(name="report_sender", daemon=True)
        self._server, self._spool, self._host = server, spool, host
        self._agent, self._region = name, region
        self._connectivity = connectivity or ConnectivityGuard(())
        self._new_assignments: list[Assignment] | None = None
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop_requested = threading.Event()
        self._poll_at = self._heartbeat_at = self._measure_at = 0.0
        self._pause = FIRST_PAUSE
        self._unreachable = self._skew_warned = False
        self.denied = ""
        """Why the server denies this agent; '' as long as it does not."""

    @property
    def skew(self) -> float | None:
        """Seconds by which the server's clock is ahead; None before the first answer."""
        return self._server.skew

    def take_assignments(self) -> list[Assignment] | None:
        """Return assignments that have come in since the last time; None when there are none."""
        with self._lock:
            fresh, self._new_assignments = self._new_assignments, None
        return fresh

    def wake(self) -> None:
        """Wake the thread: there is something to deliver."""
        self._wake.set()

    def stop(self) -> None:
        self._stop_requested.set()
        self._wake.set()

    def run(self) -> None:
        while not self._stop_requested.is_set() or len(self._spool):
            try:
                self.run_once()
                self._reset_backoff()
                self._wake.wait(0.0 if len(self._spool) else 1.0)
                self._wake.clear()
            except DeniedError as error:
                self.denied = str(error)
                self._back_off(f"the server denies access: {error}")
            except (UnreachableError, RetryLaterError) as error:
                self._back_off(str(error))
            except Exception:
                # The edge of the loop: what is spooled stays spooled, and is tried again.
                log.exception("the agent's network side failed")
                self._back_off("")

    def run_once(self) -> None:
        """Do what is due once. Raises ServerError."""
        now = time.monotonic()
        if now >= self._poll_at:
            assignments = self._server.assignments(
                region=self._region, agent=self._agent, blind_since=self._blind_since()
            )
            self._poll_at = now + POLL_SECONDS
            if assignments is not None:
                with self._lock:
                    self._new_assignments = assignments.assignments
                log.info("%d checks are ours", len(assignments.assignments))
            self._warn_of_skew()
        if (batch := self._spool.oldest()) is not None:
            self._deliver(*batch)
        # Last, and not tried again at once: results must not wait for it.
        if now >= self._heartbeat_at:
            self._heartbeat_at = now + HEARTBEAT_SECONDS
            self._server.heartbeat(self._heartbeat(now))

    def _blind_since(self) -> float | None:
        since = self._connectivity.blind_since
        return None if since is None else since + (self.skew or 0.0)

    def _deliver(self, number: int, results: list[dict[str, Any]]) -> None:
        try:
            self._server.report(
                Report(
                    agent=self._agent,
                    region=self._region,
                    stream=self._spool.stream,
                    sequence=number,
                    results=[ReportedResult.model_validate(each) for each in results],
                )
            )
        except RefusedError as error:
            # It will never be taken; those behind it must not wait for it.
            log.error("batch %d was refused and is left out: %s", number, error)
        self._spool.mark_delivered(number)

    def _heartbeat(self, now: float) -> dict[str, Any]:
        body: dict[str, Any] = {
            "consumer_name": self._agent,
            "consumer_groups": ["probes", f"probes@{self._region}"],
            "device": socket.gethostname()[:100],
            "model_name": f"probes from {self._region}",
            "model_type": "probe",
            "pids": [os.getpid()],
            "heartbeat_wait_interval": HEARTBEAT_SECONDS,
        }
        if now >= self._measure_at:
            body["metrics"] = self._host.measure()
            self._measure_at = now + MEASURE_SECONDS
        return body

    def _warn_of_skew(self) -> None:
        skew = self.skew or 0.0
        if abs(skew) >= SKEW_WARNING_SECONDS and not self._skew_warned:
            log.warning(
                "this machine's clock is %.1f s %s the server's; results carry the server's time",
                abs(skew),
                "behind" if skew > 0 else "ahead of",
            )
        self._skew_warned = abs(skew) >= SKEW_WARNING_SECONDS

    def _back_off(self, reason: str) -> None:
        """Wait before the next try: longer each time, and not in step with other agents."""
        if self._stop_requested.is_set():
            raise SystemExit  # ends this thread: what is spooled is delivered after the next start
        if reason and not self._unreachable:
            log.warning("%s; results are kept until it can be reached", reason)
        self._unreachable = True
        self._stop_requested.wait(self._pause * random.uniform(0.5, 1.0))  # noqa: S311  (no secret)
        self._pause = min(self._pause * 2, MAX_PAUSE)

    def _reset_backoff(self) -> None:
        if self._unreachable:
            log.warning("the server is back; sending %d batches", len(self._spool))
        self._unreachable, self._pause, self.denied = False, FIRST_PAUSE, ""
