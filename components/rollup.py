"""From evidence to status, with reasons: the one place where a status is decided.

Both functions are pure; the rules and their numbers are those of the contracts, *Component
status* and *Overall status*.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from components.status import Status, Verdict, worst

_OF_VERDICTS = {
    Verdict.UP: Status.OPERATIONAL,
    Verdict.DEGRADED: Status.DEGRADED,
    Verdict.DOWN: Status.MAJOR_OUTAGE,
    Verdict.UNKNOWN: Status.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class MonitorVote:
    """One monitor's verdict from one region."""

    monitor: str
    region: str
    verdict: Verdict
    message: str = ""
    stated: Status | None = None
    """The status that its target states of itself, where that says more than the verdict."""

    @property
    def status(self) -> Status:
        """The status of a component that has this vote alone."""
        return self.stated or _OF_VERDICTS[self.verdict]


@dataclass(frozen=True, slots=True)
class Declaration:
    """The status that an open incident declares for a component."""

    incident: str
    status: Status


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence on one component at one instant."""

    override: Status | None = None
    override_note: str = ""
    windows: tuple[str, ...] = ()
    """Titles of the maintenance windows in progress on it."""
    declarations: tuple[Declaration, ...] = ()
    votes: tuple[MonitorVote, ...] = ()
    paused: tuple[str, ...] = ()
    """Names of its monitors that are paused: they do not count, and that is said."""
    retired: bool = False
    """Whether it is retired: then nothing is known of it, whatever else there is."""
    awaits_start: bool = False
    """Whether one of the paused ones was never started: nothing has ever been measured by it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of the derivation, for staff: never shown in public."""

    rule: str
    text: str
    status: Status


@dataclass(frozen=True, slots=True)
class DerivedStatus:
    """A status and the reasons it was derived from."""

    status: Status
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A component as the overall status counts it."""

    name: str
    status: Status
    counts: bool = True
    critical: bool = False


def component_status(evidence: Evidence) -> DerivedStatus:
    """Return a component's status, with reasons.

    What is retired is unknown. An override beats everything else; then a window in progress; then
    the worst of what open incidents declare and what the monitors say. With no monitor and
    nothing declared, a component is run by hand and operational; with none but monitors that are
    still to be started it is unknown, for nobody has said or seen anything.
    """
    if evidence.retired:
        text = "Retired: it is off the page and not watched."
        return DerivedStatus(Status.UNKNOWN, (Reason("retired", text, Status.UNKNOWN),))
    if evidence.override is not None:
        label, note = evidence.override.label, evidence.override_note.rstrip(".")
        text = f"Set manually to {label}: {note}." if note else f"Set manually to {label}."
        return DerivedStatus(evidence.override, (Reason("override", text, evidence.override),))
    if evidence.windows:
        return DerivedStatus(
            Status.MAINTENANCE,
            tuple(
                Reason("window", f"Maintenance in progress: {title}.", Status.MAINTENANCE)
                for title in evidence.windows
            ),
        )
    reasons = [
        Reason(
            "incident",
            f"Incident “{declared.incident}” declares {declared.status.label}.",
            declared.status,
        )
        for declared in evidence.declarations
    ]
    if evidence.votes:
        reasons.append(_vote_reason(evidence.votes))
    elif evidence.awaits_start:
        reasons.append(Reason("monitors", "No monitor has been started yet.", Status.UNKNOWN))
    if not reasons:
        by_hand = Reason("by_hand", "No monitor and nothing declared.", Status.OPERATIONAL)
        return DerivedStatus(Status.OPERATIONAL, (by_hand, *_paused_reasons(evidence)))
    status = worst(reason.status for reason in reasons)
    return DerivedStatus(status, (*reasons, *_paused_reasons(evidence)))


def measured_status(evidence: Evidence) -> Status | None:
    """Return the status by monitors and windows alone; None when there are none.

    This is the measured layer of history: what people declare is no part of it.
    """
    if evidence.retired:
        return None
    if evidence.windows:
        return Status.MAINTENANCE
    return _vote_reason(evidence.votes).status if evidence.votes else None


def is_run_by_hand(evidence: Evidence) -> bool:
    """Whether a component has no monitors: then its status is what people declare."""
    return not (evidence.votes or evidence.paused or evidence.retired)


def _paused_reasons(evidence: Evidence) -> tuple[Reason, ...]:
    if not evidence.paused:
        return ()
    names = ", ".join(f"“{name}”" for name in evidence.paused)
    return (Reason("paused", f"Paused, so it does not count: {names}.", Status.OPERATIONAL),)


def by_quorum(votes: Sequence[MonitorVote], quorum: int) -> MonitorVote:
    """Return the joint vote of one monitor's regions, `quorum` of which must agree on "down".

    Fewer than that, and those that say so are taken for trouble on their way to the target: the
    others decide. Without any other that knows, nothing is known. A quorum of more regions than
    there are means all of them, so that no setting can keep a monitor from ever being down.
    """
    needed = min(quorum, len(votes))
    counted = Counter(vote.verdict for vote in votes)
    down = counted[Verdict.DOWN]
    if down >= needed:
        verdict = Verdict.DOWN
    elif counted[Verdict.DEGRADED]:
        verdict = Verdict.DEGRADED
    elif counted[Verdict.UP]:
        verdict = Verdict.UP
    else:
        verdict = Verdict.UNKNOWN
    tally = ", ".join(f"{counted[each]} {each}" for each in Verdict if counted[each])
    agreeing = [vote for vote in votes if vote.verdict is verdict]
    first = next((vote.message for vote in agreeing if vote.message), "")
    stated = worst((vote.status for vote in agreeing), default=Status.UNKNOWN)
    rule = f"{tally}; {needed} must agree that it is down"
    message = f"{first} ({rule})" if first else rule
    more = None if stated is _OF_VERDICTS[verdict] else stated
    return MonitorVote(votes[0].monitor, f"{len(votes)} regions", verdict, message, more)


def _vote_reason(votes: Sequence[MonitorVote]) -> Reason:
    """Return the status by the votes, with its reason.

    All down → major outage, some down → partial, any degraded → degraded, all unknown → unknown.
    Where targets state more, it counts: all down and none worse than partial → partial, none worse
    than up and any in maintenance → maintenance.
    A vote without fresh evidence does not speak for the others: one silent region neither
    makes the rest unknown, nor turns "some down" into "all down".
    """
    counted = Counter(vote.verdict for vote in votes)
    down = counted[Verdict.DOWN]
    if counted[Verdict.UNKNOWN] == len(votes):
        status = Status.UNKNOWN
    elif down == len(votes):
        status = worst(vote.status for vote in votes)
    elif down:
        status = Status.PARTIAL_OUTAGE
    elif counted[Verdict.DEGRADED]:
        status = Status.DEGRADED
    else:
        status = worst(vote.status for vote in votes if vote.verdict is Verdict.UP)
    return Reason("monitors", _vote_text(votes, counted), status)


def _vote_text(votes: Sequence[MonitorVote], counted: Counter[Verdict]) -> str:
    if len(votes) == 1:
        only = votes[0]
        tail = f": {only.message}" if only.message else ""
        return f"Monitor “{only.monitor}” says {_word(only)} from {only.region}{tail}."
    total = len(votes)
    parts = [f"{counted[verdict]} {verdict}" for verdict in Verdict if counted[verdict]]
    bad = [
        f"“{vote.monitor}” from {vote.region}" + (f" ({vote.message})" if vote.message else "")
        for vote in votes
        if vote.verdict is not Verdict.UP
    ]
    tail = f": {', '.join(bad[:5])}" if bad else ""
    more = f" and {len(bad) - 5} more" if len(bad) > 5 else ""
    return f"Of {total} monitors and regions, {', '.join(parts)}{tail}{more}."


def _word(vote: MonitorVote) -> str:
    return vote.stated.label.lower() if vote.stated is not None else vote.verdict.value


def overall_status(members: Sequence[Member], *, window_in_progress: bool) -> DerivedStatus:
    """Return the page's status from its components (decision C5: not the plain worst)."""
    counted = [member for member in members if member.counts]
    if not counted:
        none = Reason("none", "No component counts.", Status.OPERATIONAL)
        return DerivedStatus(Status.OPERATIONAL, (none,))
    major = [member for member in counted if member.status is Status.MAJOR_OUTAGE]
    critical = [member for member in major if member.critical]
    if len(critical) >= 2:
        return _overall(Status.MAJOR_OUTAGE, "several critical components", critical)
    if len(major) == len(counted):
        return _overall(Status.MAJOR_OUTAGE, "every component that counts", major)
    out = [m for m in counted if m.status in (Status.MAJOR_OUTAGE, Status.PARTIAL_OUTAGE)]
    if out:
        return _overall(Status.PARTIAL_OUTAGE, "an outage", out)
    weak = [m for m in counted if m.status in (Status.DEGRADED, Status.UNKNOWN)]
    if weak:
        return _overall(Status.DEGRADED, "degraded or without recent data", weak)
    reason = (
        Reason("maintenance", "Maintenance is in progress.", Status.MAINTENANCE)
        if window_in_progress
        else Reason("fine", "Every component that counts is operational.", Status.OPERATIONAL)
    )
    return DerivedStatus(reason.status, (reason,))


def _overall(status: Status, why: str, members: Sequence[Member]) -> DerivedStatus:
    names = ", ".join(member.name for member in members)
    return DerivedStatus(
        status, (Reason("components", f"{status.label}: {why}: {names}.", status),)
    )
