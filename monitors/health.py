"""What a monitor believes of its target: a pure function of what it believed and what it saw.

A change is believed only when it has been confirmed: `confirm_down` further checks must agree
before things get worse, `confirm_up` before they get better. Once confirmed it is back-dated to
the first check of the run. An inconclusive check (trouble on our own side) changes nothing, and
evidence older than `fresh_for` is no evidence: the belief becomes unknown from that moment.
"""

from dataclasses import dataclass, replace
from functools import partial

from components.status import Verdict
from monitors.probers.base import Word

FRESH_INTERVALS = 3
"""After this many intervals without a result nothing is known any more (contract X24)."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much it takes to change one's mind. `fresh_for` is in seconds."""

    confirm_down: int
    confirm_up: int
    fresh_for: float


@dataclass(frozen=True, slots=True)
class Health:
    """The belief. Instants are seconds since the epoch."""

    verdict: Verdict = Verdict.UNKNOWN
    since: float = 0.0
    checked: float | None = None
    """When a conclusive check last ended."""
    run: int = 0
    """How many checks in a row have contradicted `verdict`."""
    run_verdict: Verdict | None = None
    """The word of that run nearest to `verdict`: what is believed once it is confirmed."""
    run_since: float | None = None

    @property
    def suspicious(self) -> bool:
        """Whether a change is waiting for its confirmation."""
        return self.run > 0


@dataclass(frozen=True, slots=True)
class Transition:
    """The belief changed to `verdict`, which holds from `since`."""

    verdict: Verdict
    since: float


_WORDS = {
    Word.UP: Verdict.UP,
    Word.DEGRADED: Verdict.DEGRADED,
    Word.DOWN: Verdict.DOWN,
}
_BADNESS = {Verdict.UP: 0, Verdict.UNKNOWN: 0, Verdict.DEGRADED: 1, Verdict.DOWN: 2}


def expire(health: Health, *, now: float, tolerance: Tolerance) -> tuple[Health, list[Transition]]:
    """Forget what is too old to be known."""
    if health.verdict is Verdict.UNKNOWN or health.checked is None:
        return health, []
    stale_from = health.checked + tolerance.fresh_for
    if now < stale_from:
        return health, []
    forgotten = Health(Verdict.UNKNOWN, since=stale_from, checked=health.checked)
    return forgotten, [Transition(Verdict.UNKNOWN, stale_from)]


def observe(
    health: Health, word: Word, *, at: float, tolerance: Tolerance
) -> tuple[Health, list[Transition]]:
    """Take one check's result in. Transitions are in order of time; often there is none."""
    if word is Word.INCONCLUSIVE:
        return health, []
    health, transitions = expire(health, now=at, tolerance=tolerance)
    seen = _WORDS[word]
    if seen is health.verdict:
        settled = replace(health, checked=at, run=0, run_verdict=None, run_since=None)
        return settled, transitions
    run_verdict = seen
    if health.run_verdict is not None and _same_direction(health, seen):
        run, run_since = health.run + 1, health.run_since
        run_verdict = min(seen, health.run_verdict, key=partial(_distance, health.verdict))
    else:
        run, run_since = 1, at
    since = run_since if run_since is not None else at
    if run <= _confirmations(health.verdict, seen, tolerance):
        doubtful = replace(health, checked=at, run=run, run_verdict=run_verdict, run_since=since)
        return doubtful, transitions
    believed = Health(run_verdict, since=since, checked=at)
    return believed, [*transitions, Transition(run_verdict, since)]


def _same_direction(health: Health, seen: Verdict) -> bool:
    """Whether `seen` contradicts the belief in the direction the run already does."""
    was_worse = _is_worse(health.run_verdict or seen, health.verdict)
    return was_worse == _is_worse(seen, health.verdict)


def _distance(believed: Verdict, seen: Verdict) -> int:
    return abs(_BADNESS[seen] - _BADNESS[believed])


def _is_worse(seen: Verdict, believed: Verdict) -> bool:
    return _BADNESS[seen] > _BADNESS[believed]


def _confirmations(believed: Verdict, seen: Verdict, tolerance: Tolerance) -> int:
    if _is_worse(seen, believed):
        return tolerance.confirm_down
    # From "unknown" the first good answer settles it: there is nothing to be doubted.
    return 0 if believed is Verdict.UNKNOWN else tolerance.confirm_up
