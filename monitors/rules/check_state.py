"""The state of a check: a pure function of the state before and of what was observed.

A change is believed only when it has been confirmed: `confirm_down` further checks must agree
before things get worse, `confirm_up` before they get better. Once confirmed it is back-dated to
the first check of the run. An inconclusive check (trouble on our own side) changes nothing.
Evidence that is too old is no evidence: the belief becomes unknown from the moment at which it was
`fresh_for` old. Whether it is too old is for others to say (`evidence_age`): a check that comes
late because we were away contradicts nothing. Only what was waiting for its confirmation is
forgotten then: what was seen once before a gap and once after it was not seen twice in a row.

A target that goes back and forth is *flapping*, and the belief stops following it: it stays at
the worst that was confirmed, for it cannot be relied upon, until the target has held still. Then
the belief is again what confirmation alone makes of the checks, dated back to when that began.
One incident comes of it that way, not thirty. A target that reports by itself is taken at its word
and never flaps: the first good ping after a repair is the proof of it.
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
    """The confirmations that a change takes. Durations are in seconds."""

    confirm_down: int
    confirm_up: int
    fresh_for: float
    flapping_window: float | None
    """In which changes count as flapping; None: this kind of monitor never flaps."""


@dataclass(frozen=True, slots=True)
class CheckState:
    """What is believed of a target. Instants are seconds since the epoch."""

    verdict: Verdict = Verdict.UNKNOWN
    since: float = 0.0
    checked: float | None = None
    """When a conclusive check last ended."""
    run: int = 0
    """How many checks in a row have contradicted `verdict`."""
    run_verdict: Verdict | None = None
    """The verdict of that run nearest to `verdict`: what is believed once it is confirmed."""
    run_since: float | None = None
    turns: int = 0
    """The confirmed changes of late, as `flapping` remembers them."""
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
    """A change of the belief to `verdict` from `since` on, or a begin or end of flapping."""

    verdict: Verdict
    since: float
    flapping: bool = False


_VERDICTS = {
    ProbeStatus.UP: Verdict.UP,
    ProbeStatus.DEGRADED: Verdict.DEGRADED,
    ProbeStatus.DOWN: Verdict.DOWN,
}
_SEVERITY = {Verdict.UP: 0, Verdict.UNKNOWN: 0, Verdict.DEGRADED: 1, Verdict.DOWN: 2}


def observe(
    state: CheckState, status: ProbeStatus, *, at: float, tolerance: Tolerance
) -> tuple[CheckState, list[Transition]]:
    """Apply one check's result. Transitions are in order of time; often there is none."""
    if status not in _VERDICTS:
        return state, []
    transitions: list[Transition] = []
    state = _without_old_run(state, at=at, tolerance=tolerance)
    before = _confirmed_state(state)
    settled = _confirm(before, _VERDICTS[status], at=at, tolerance=tolerance)
    turned = settled.verdict is not before.verdict
    turns = _record_turn(
        state, turned=turned and before.verdict is not Verdict.UNKNOWN, at=at, tolerance=tolerance
    )
    flaps = (
        not flapping.has_ended(turns) if state.flapping else turned and flapping.has_begun(turns)
    )
    if flaps:
        verdict = max(state.verdict, settled.verdict, key=lambda each: _SEVERITY[each])
        now = replace(
            settled,
            verdict=verdict,
            since=state.since if verdict is state.verdict else settled.since,
            turns=turns,
            beneath=settled.verdict,
            beneath_since=settled.since,
        )
    else:
        unchanged = state.flapping and settled.verdict is state.verdict
        since = state.since if unchanged else settled.since
        now = replace(settled, since=since, turns=turns, beneath=None, beneath_since=0.0)
    if (now.verdict, now.flapping) != (state.verdict, state.flapping):
        transitions.append(Transition(now.verdict, settled.since, now.flapping))
    return now, transitions


def _without_old_run(state: CheckState, *, at: float, tolerance: Tolerance) -> CheckState:
    """Return the state without a run that a gap of `fresh_for` has interrupted."""
    if not state.run or state.checked is None or at - state.checked < tolerance.fresh_for:
        return state
    return replace(state, run=0, run_verdict=None, run_since=None)


def _record_turn(state: CheckState, *, turned: bool, at: float, tolerance: Tolerance) -> int:
    """Return the changes of late after one more check; none where a kind never flaps."""
    window = tolerance.flapping_window
    if window is None:
        return 0
    return flapping.record_check(
        state.turns, turned=turned, at=at, before=state.checked, window=window
    )


def _confirmed_state(state: CheckState) -> CheckState:
    """Return the state as confirmation alone has it."""
    if state.beneath is None:
        return state
    return replace(state, verdict=state.beneath, since=state.beneath_since)


def _confirm(
    state: CheckState, observed: Verdict, *, at: float, tolerance: Tolerance
) -> CheckState:
    """Apply one conclusive check, which supports or contradicts the belief."""
    if observed is state.verdict:
        return replace(state, checked=at, run=0, run_verdict=None, run_since=None)
    run_verdict = observed
    if state.run_verdict is not None and _same_direction(state, observed):
        run, run_since = state.run + 1, state.run_since
        run_verdict = min(observed, state.run_verdict, key=partial(_distance, state.verdict))
    else:
        run, run_since = 1, at
    since = run_since if run_since is not None else at
    if run <= _confirmations(state.verdict, observed, tolerance):
        return replace(state, checked=at, run=run, run_verdict=run_verdict, run_since=since)
    return CheckState(run_verdict, since=since, checked=at)


def _same_direction(state: CheckState, observed: Verdict) -> bool:
    """Return whether `observed` contradicts the belief in the direction the run does."""
    was_worse = _is_worse(state.run_verdict or observed, state.verdict)
    return was_worse == _is_worse(observed, state.verdict)


def _distance(believed: Verdict, observed: Verdict) -> int:
    return abs(_SEVERITY[observed] - _SEVERITY[believed])


def _is_worse(observed: Verdict, believed: Verdict) -> bool:
    return _SEVERITY[observed] > _SEVERITY[believed]


def _confirmations(believed: Verdict, observed: Verdict, tolerance: Tolerance) -> int:
    if _is_worse(observed, believed):
        return tolerance.confirm_down
    # From "unknown" the first good answer settles it: there is nothing to be doubted.
    return 0 if believed is Verdict.UNKNOWN else tolerance.confirm_up
