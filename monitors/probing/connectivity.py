"""Whether this vantage point sees at all: no failure counts while its own network is gone.

Every failing check is held back until reference targets have been asked *after* it failed. When
too few of them answer, the failure proves nothing about the target: it becomes `blind`. That takes
some milliseconds of a true outage, and a failing check is all the suspicion there has to be: with
a share or a number of failures to wait for, the first ones would have been counted as down.

Nothing here knows Django: the same code serves a worker's shift and a remote agent.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from monitors.probing.base import CheckResult, Outcome, Probe, ProbeStatus
from monitors.probing.reference_probe import ReferenceConfig, ReferenceProber
from monitors.probing.reference_targets import Reference

PERIOD = 10.0
"""Seconds between rounds of asking while nothing is suspicious."""
FAST = 1.0
"""Seconds between rounds until it is sure that this vantage point sees."""
GAP = 0.25
"""Seconds between rounds at least, however many checks fail."""
PATIENCE = 1.5
"""Seconds a reference has for its answer."""
SURE = 2
"""Rounds in a row that must succeed before a blind vantage point is said to see again."""
BLIND = Outcome(ProbeStatus.BLIND, "this vantage point has no network")

_KNOCK = ReferenceProber()


class ConnectivityGuard:
    """Sifts findings by what reference targets say. Call from one thread; clocks are monotonic.

    `quorum` is how many of the references must answer for the network to be there. Without
    references every finding passes as it is.
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
        self._asked = 0
        """Of the present round: how many have not been heard of."""
        self._answered = 0
        self._began = self._last_good = self._last_bad = float("-inf")
        self._seen_from = float("-inf")
        """Since when the network has been there for certain; infinity while it is not."""
        self._good_rounds = 0
        self.blind_since: float | None = None
        """In seconds since the epoch; None while nothing says that it is blind."""

    @property
    def held(self) -> int:
        """Findings that wait for their judgement."""
        return len(self._held)

    @property
    def sees(self) -> bool:
        """Whether the references have been heard often enough to be sure of it."""
        return self.blind_since is None and self._good_rounds >= SURE

    def wanted(self) -> Sequence[Probe]:
        """The checks of references that are to be made now."""
        if not self._configs or self._asked or self._now() < self._next_round():
            return ()
        self._round += 1
        self._began, self._asked, self._answered = self._now(), len(self._configs), 0
        first = -self._round * 1000
        return [
            Probe(first - place, _KNOCK, config, PATIENCE, 0.0)
            for place, config in enumerate(self._configs)
        ]

    def expect_failure(self, key: int) -> None:
        """This check's target is down already: that it fails again is no news."""
        self._expected.add(key)

    def filter(self, finding: CheckResult) -> list[CheckResult]:
        """Take in what the engine found; the answer is what can be passed on by now."""
        if finding.probe.key < 0:
            return self._hear(finding)
        news = finding.probe.key not in self._expected
        self._expected.discard(finding.probe.key)
        if not self._configs or not _doubtful(finding):
            return [finding]
        self._held.append((self._now(), news, finding))
        return self._release()

    def _next_round(self) -> float:
        if any(self._waits(since, news) for since, news, _ in self._held):
            return self._began + GAP
        return self._began + (PERIOD if self.sees else FAST)

    def _hear(self, finding: CheckResult) -> list[CheckResult]:
        if -finding.probe.key // 1000 != self._round or not self._asked:
            return []  # of a round that was decided without it
        self._asked -= 1
        self._answered += finding.outcome.status is ProbeStatus.UP
        if self._answered >= self._quorum:
            self._asked, self._last_good = 0, self._began
            self._good_rounds += 1
            if self._seen_from == float("inf"):
                # Not from when they were asked: the first packets of that may have been lost.
                self._seen_from = self._now()
        elif self._answered + self._asked < self._quorum:
            self._asked, self._last_bad = 0, self._now()
            self._good_rounds, self._seen_from = 0, float("inf")
        if self._asked:
            return []
        released = self._release()
        if self._good_rounds >= SURE:
            self.blind_since = None
        return released

    def _waits(self, since: float, news: bool) -> bool:
        """Whether a failure that came in then has to wait for a round that is yet to end."""
        heard = max(self._last_good, self._last_bad)
        return heard < (since if news else since - PERIOD)

    def _release(self) -> list[CheckResult]:
        ready = [held for held in self._held if not self._waits(held[0], held[1])]
        if ready:
            self._held = [held for held in self._held if self._waits(held[0], held[1])]
        return [self._judge(since, finding) for since, _, finding in ready]

    def _judge(self, since: float, finding: CheckResult) -> CheckResult:
        """A failure counts unless the network was away at some time while it was made."""
        began = since - (finding.ended - finding.started)
        if self.blind_since is None and self._seen_from <= began:
            return finding
        self.blind_since = min(self.blind_since or finding.started, finding.started)
        return replace(finding, outcome=BLIND)


def _doubtful(finding: CheckResult) -> bool:
    return finding.outcome.status is ProbeStatus.DOWN and finding.probe.prober.needs_network
