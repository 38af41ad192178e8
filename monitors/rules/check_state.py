"""What a monitor believes of its target: a pure function of what it believed and what it saw.

A change is believed only when it has been confirmed: `confirm_down` further checks must agree
before things get worse, `confirm_up` before they get better. Once confirmed it is back-dated to
the first check of the run. An inconclusive check (trouble on our own side) changes nothing, and
evidence older than `fresh_for` is no evidence: the belief becomes unknown from that moment.

A target that goes back and forth is *flapping*, and the belief stops following it: it stays at
the worst that was confirmed, for it cannot be relied upon, until the target has held still. Then
the belief is again what confirmation alone makes of the checks, dated back to when that began.
One incident comes of it that way, not thirty.
"""

from dataclasses import dataclass, replace
from functools import partial

from components.status import Verdict
from monitors.probing.base import ProbeStatus
from monitors.rules import flapping

FRESH_INTERVALS = 3
"""After this many intervals without a result nothing is known any more (contract X24)."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much it takes to change one's mind. `fresh_for` is in seconds."""

    confirm_down: int
    confirm_up: int
    fresh_for: float


@dataclass(frozen=True, slots=True)
class CheckState:
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
    turns: int = 0
    """The confirmed changes among the last checks, as `flapping` remembers them."""
    beneath: Verdict | None = None
    """While flapping: what confirmation alone would believe; None while not flapping."""
    beneath_since: float = 0.0

    @property
    def flapping(self) -> bool:
        return self.beneath is not None

    @property
    def suspicious(self) -> bool:
        """Whether a change is waiting for its confirmation."""
        return self.run > 0


@dataclass(frozen=True, slots=True)
class Transition:
    """The belief changed to `verdict`, which holds from `since`, or began or ceased to flap."""

    verdict: Verdict
    since: float
    flapping: bool = False


_WORDS = {
    ProbeStatus.UP: Verdict.UP,
    ProbeStatus.DEGRADED: Verdict.DEGRADED,
    ProbeStatus.DOWN: Verdict.DOWN,
}
_BADNESS = {Verdict.UP: 0, Verdict.UNKNOWN: 0, Verdict.DEGRADED: 1, Verdict.DOWN: 2}


def expire(
    health: CheckState, *, now: float, tolerance: Tolerance
) -> tuple[CheckState, list[Transition]]:
    """Forget what is too old to be known."""
    if health.verdict is Verdict.UNKNOWN or health.checked is None:
        return health, []
    stale_from = health.checked + tolerance.fresh_for
    if now < stale_from:
        return health, []
    forgotten = CheckState(Verdict.UNKNOWN, since=stale_from, checked=health.checked)
    return forgotten, [Transition(Verdict.UNKNOWN, stale_from)]


def observe(
    health: CheckState, word: ProbeStatus, *, at: float, tolerance: Tolerance
) -> tuple[CheckState, list[Transition]]:
    """Take one check's result in. Transitions are in order of time; often there is none."""
    if word not in _WORDS:
        return health, []
    health, transitions = expire(health, now=at, tolerance=tolerance)
    before = _beneath(health)
    settled = _confirm(before, _WORDS[word], at=at, tolerance=tolerance)
    turned = settled.verdict is not before.verdict
    turns = flapping.note(health.turns, turned=turned and before.verdict is not Verdict.UNKNOWN)
    flaps = not flapping.ends(turns) if health.flapping else turned and flapping.begins(turns)
    if flaps:
        verdict = max(health.verdict, settled.verdict, key=lambda each: _BADNESS[each])
        now = replace(
            settled,
            verdict=verdict,
            since=health.since if verdict is health.verdict else settled.since,
            turns=turns,
            beneath=settled.verdict,
            beneath_since=settled.since,
        )
    else:
        unchanged = health.flapping and settled.verdict is health.verdict
        since = health.since if unchanged else settled.since
        now = replace(settled, since=since, turns=turns, beneath=None, beneath_since=0.0)
    if (now.verdict, now.flapping) != (health.verdict, health.flapping):
        transitions.append(Transition(now.verdict, settled.since, now.flapping))
    return now, transitions


def _beneath(health: CheckState) -> CheckState:
    """The belief as confirmation alone has it."""
    if health.beneath is None:
        return health
    return replace(health, verdict=health.beneath, since=health.beneath_since)


def _confirm(health: CheckState, seen: Verdict, *, at: float, tolerance: Tolerance) -> CheckState:
    """Let one conclusive check support or contradict the belief."""
    if seen is health.verdict:
        return replace(health, checked=at, run=0, run_verdict=None, run_since=None)
    run_verdict = seen
    if health.run_verdict is not None and _same_direction(health, seen):
        run, run_since = health.run + 1, health.run_since
        run_verdict = min(seen, health.run_verdict, key=partial(_distance, health.verdict))
    else:
        run, run_since = 1, at
    since = run_since if run_since is not None else at
    if run <= _confirmations(health.verdict, seen, tolerance):
        return replace(health, checked=at, run=run, run_verdict=run_verdict, run_since=since)
    return CheckState(run_verdict, since=since, checked=at)


def _same_direction(health: CheckState, seen: Verdict) -> bool:
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
