"""The connectivity check: no failure counts while the vantage point's own network is gone.

Every failing check is held back until reference targets have been asked *after* it failed. When
too few of them answer, the failure proves nothing about the target: it becomes `blind`. That takes
some milliseconds of a true outage, and a failing check is all the suspicion there has to be: with
a share or a number of failures to wait for, the first ones would have been counted as down.

Name servers are watched beside it, without references: where they do not answer, checks by name
come to nothing, and those by address go on to count.

Nothing here knows Django: the same code serves a worker's shift and a remote agent.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from monitors.probing.base import CheckResult, Outcome, Probe, ProbeStatus
from monitors.probing.name_servers.watch import NameServerWatch
from monitors.probing.reference_probe import ReferenceConfig, ReferenceProber
from monitors.probing.reference_targets import Reference

IDLE_PERIOD = 10.0
"""Seconds between rounds of probes while nothing is suspicious."""
SUSPICIOUS_PERIOD = 1.0
"""Seconds between rounds until it is certain that this vantage point is connected."""
MIN_PERIOD = 0.25
"""Seconds between rounds at least, however many checks fail."""
REFERENCE_TIMEOUT = 1.5
"""Seconds a reference has for its answer."""
RECOVERY_ROUNDS = 2
"""Rounds in a row that must succeed before a blind vantage point is said to see again."""
BLIND_OUTCOME = Outcome(ProbeStatus.BLIND, "this vantage point has no network")

_PROBER = ReferenceProber()


class ConnectivityGuard:
    """A filter of results by reference targets. Call from one thread; clocks are monotonic.

    `quorum` is how many of the references must answer for the network to be there. Without
    references every result passes as it is.
    """

    def __init__(
        self,
        references: Iterable[Reference],
        *,
        quorum: int = 1,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._configs = [ReferenceConfig(url=each.url) for each in references]
        self._quorum = min(quorum, len(self._configs))
        self._now = monotonic
        self._held: list[tuple[float, bool, CheckResult]] = []
        """Failing checks that wait: when they came in, whether they are news, what was found."""
        self._expected: set[int] = set()
        self._round = 0
        self._pending = 0
        """Of the present round: how many references have not answered."""
        self._answered = 0
        self._round_started = self._last_good = self._last_bad = float("-inf")
        self._connected_since = float("-inf")
        """Since when the network has been there for certain; infinity while it is not."""
        self._good_rounds = 0
        self._blind_since: float | None = None
        """Since when the network has been gone, in seconds since the epoch."""
        self.name_servers = NameServerWatch(monotonic=monotonic)

    @property
    def held(self) -> int:
        """The number of results that wait for their judgement."""
        return len(self._held)

    @property
    def blind_since(self) -> float | None:
        """In seconds since the epoch; None while nothing says that it is blind."""
        causes = [self._blind_since, self.name_servers.blind_since]
        return min((since for since in causes if since is not None), default=None)

    @property
    def lacks_names_only(self) -> bool:
        """Whether it is blind for want of name servers, with its network there."""
        return self._blind_since is None and self.name_servers.blind_since is not None

    @property
    def is_connected(self) -> bool:
        """Whether enough was answered to be sure of it."""
        return self.name_servers.is_trusted and (not self._configs or self._has_network)

    @property
    def _has_network(self) -> bool:
        return self._blind_since is None and self._good_rounds >= RECOVERY_ROUNDS

    def due_probes(self) -> Sequence[Probe]:
        """Return the probes of references, and of name servers, that are to be made now."""
        return (*self._due_references(), *self.name_servers.due_probes())

    def _due_references(self) -> Sequence[Probe]:
        if not self._configs or self._pending or self._now() < self._next_round():
            return ()
        self._round += 1
        self._round_started, self._pending, self._answered = self._now(), len(self._configs), 0
        first = -self._round * 1000
        return [
            Probe(first - place, _PROBER, config, REFERENCE_TIMEOUT, 0.0)
            for place, config in enumerate(self._configs)
        ]

    def resume(self, *, blind_since: float, names_only: bool) -> None:
        """Take over what was found before: only what is known to be back is said to be.

        References are asked anyway before they are trusted.
        """
        if names_only or not self._configs:
            self.name_servers.resume(blind_since=blind_since)

    def expect_failure(self, key: int) -> None:
        """Note that this check's target is down already: that it fails again is no news."""
        self._expected.add(key)

    def filter(self, result: CheckResult) -> list[CheckResult]:
        """Apply one result of the engine and return the results that can be passed on by now."""
        if self.name_servers.takes(result):
            return []
        if result.probe.key < 0:
            return self._count_response(result)
        if result.outcome.no_name_server:
            self.name_servers.suspect(since=result.started)
        news = result.probe.key not in self._expected
        self._expected.discard(result.probe.key)
        if not self._configs or not _needs_confirmation(result):
            return [result]
        self._held.append((self._now(), news, result))
        return self._release()

    def _next_round(self) -> float:
        if any(self._waits(since, news) for since, news, _ in self._held):
            return self._round_started + MIN_PERIOD
        return self._round_started + (IDLE_PERIOD if self._has_network else SUSPICIOUS_PERIOD)

    def _count_response(self, result: CheckResult) -> list[CheckResult]:
        if -result.probe.key // 1000 != self._round or not self._pending:
            return []  # of a round that was decided without it
        self._pending -= 1
        self._answered += result.outcome.status is ProbeStatus.UP
        if self._answered >= self._quorum:
            self._pending, self._last_good = 0, self._round_started
            self._good_rounds += 1
            if self._connected_since == float("inf"):
                # Not from when they were asked: the first packets of that may have been lost.
                self._connected_since = self._now()
        elif self._answered + self._pending < self._quorum:
            self._pending, self._last_bad = 0, self._now()
            self._good_rounds, self._connected_since = 0, float("inf")
        if self._pending:
            return []
        released = self._release()
        if self._good_rounds >= RECOVERY_ROUNDS:
            self._blind_since = None
        return released

    def _waits(self, since: float, news: bool) -> bool:
        """Return whether a failure of then has to wait for a round that is yet to end."""
        last_round = max(self._last_good, self._last_bad)
        return last_round < (since if news else since - IDLE_PERIOD)

    def _release(self) -> list[CheckResult]:
        ready = [held for held in self._held if not self._waits(held[0], held[1])]
        if ready:
            self._held = [held for held in self._held if self._waits(held[0], held[1])]
        return [self._judge(since, result) for since, _, result in ready]

    def _judge(self, since: float, result: CheckResult) -> CheckResult:
        """Return a failure as it is, or as blind if the network was away while it was made."""
        began = since - (result.ended - result.started)
        if self._blind_since is None and self._connected_since <= began:
            return result
        self._blind_since = min(self._blind_since or result.started, result.started)
        return replace(result, outcome=BLIND_OUTCOME)


def _needs_confirmation(result: CheckResult) -> bool:
    return result.outcome.status is ProbeStatus.DOWN and result.probe.prober.needs_network
