"""The watch on this machine's name servers: since when they have not answered."""

import time
from collections.abc import Callable
from typing import Any

from components.network.address_guard import AddressGuard
from monitors.probing.base import BlockingProber, CheckResult, Config, Outcome, Probe, ProbeStatus
from monitors.probing.name_servers.health import health

ROUND_SECONDS = 1.0
"""Seconds between questions while it is not certain that they answer."""
ANSWER_SECONDS = 1.5
"""Seconds that they have for their answer."""
RECOVERY_SECONDS = 5.0
"""For how long every question must be answered before they are said to be back.

Name servers that answer once in some seconds answer two questions in a row as well: those that
waited together. Longer than a question has for its answer and the next, by a margin.
"""


class NameServerProber(BlockingProber):
    """A question to this machine's name servers. Not a kind of monitor: it cannot be chosen."""

    kind = "name servers"
    label = "Name servers"
    config_type = Config

    def probe(self, config: Any, *, timeout: float, guard: AddressGuard) -> Outcome:
        if health.answer(seconds=timeout) is None:
            return Outcome(ProbeStatus.DOWN, "this machine's name servers do not answer")
        return Outcome(ProbeStatus.UP)


_PROBER = NameServerProber()


class NameServerWatch:
    """Asks only once a check has found nobody to ask. Call from one thread."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = monotonic
        self._suspected_since: float | None = None
        self._answering_since: float | None = None
        """Since when every question was answered; None if the last one was not."""
        self._pending = False
        self._round_started = float("-inf")
        self.blind_since: float | None = None
        """In seconds since the epoch; None while nothing says that they are gone."""

    @property
    def is_trusted(self) -> bool:
        """Whether nothing speaks against them."""
        return self._suspected_since is None

    def suspect(self, *, since: float) -> None:
        """Note that a check that began then found nobody to ask."""
        if self._suspected_since is None:
            self._suspected_since = since
        self._answering_since = None

    def resume(self, *, blind_since: float) -> None:
        """Take over that they have been gone since then, until they are known to be back."""
        self.suspect(since=blind_since)
        self.blind_since = blind_since

    def due_probes(self) -> list[Probe]:
        """Return the question that is to be asked now, if any."""
        if self.is_trusted or self._pending or self._now() < self._round_started + ROUND_SECONDS:
            return []
        self._round_started, self._pending = self._now(), True
        return [Probe(-1, _PROBER, Config(), ANSWER_SECONDS, 0.0)]

    def takes(self, result: CheckResult) -> bool:
        """Take the answer to one's own question; return False for any other result."""
        if result.probe.prober is not _PROBER:
            return False
        self._pending = False
        if result.outcome.status is not ProbeStatus.UP:
            self.blind_since, self._answering_since = self._suspected_since, None
        elif self._answering_since is None:
            self._answering_since = self._now()
        elif self._now() - self._answering_since >= RECOVERY_SECONDS:
            self._suspected_since = self.blind_since = None
        return True
