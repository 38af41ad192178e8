"""Lanes of alerts from elsewhere: pure rules, the clock an argument (contracts P02 and P03).

Each alert has a lane of its own while it fires, by its fingerprint. The worst lane is the
monitor's verdict. The same message may come twice, and late: a sender repeats what it is not sure
of, and several of them tell of the same alert. So a message about an episode that is known to be
over changes nothing, whether it says that the alert fires or that it is resolved; nor does one
whose resolution came before it.

Nothing heard is no good news. When the sender is silent for longer than it can be while it works,
nothing is known any more.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from components.status import Verdict
from monitors.rules.judgement import Judgement

MAX_LANES = 1_000
"""Alerts of one monitor that fire at the same time; more are refused."""
SILENT_INTERVALS = 3
"""After so many repeat intervals without a message nothing is known."""
REPLAY_SECONDS = 60.0
"""For so long after its resolution an episode cannot begin again: what says so is late.

Shorter than the pause that Alertmanager makes between two messages of a group (`group_interval`,
5 min unless set), for it may truly fire again with the start that it had before.
"""
_RANK = {Verdict.UP: 0, Verdict.UNKNOWN: 0, Verdict.DEGRADED: 1, Verdict.DOWN: 2}


@dataclass(frozen=True, slots=True)
class AlertReport:
    """One alert as a monitor understands it. Instants are seconds since the epoch."""

    fingerprint: str
    verdict: Verdict
    """UP: it means nothing to this monitor."""
    reason: str
    firing: bool
    started_at: float | None = None
    ends_at: float | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """One alert that fires, or whose episode was resolved a moment ago."""

    verdict: Verdict
    reason: str
    opened_at: float
    heard_at: float
    started_at: float | None = None
    """When its episode began, by the sender."""
    ends_at: float | None = None
    cleared_at: float | None = None

    @property
    def is_open(self) -> bool:
        return self.cleared_at is None


@dataclass(slots=True)
class LaneChange:
    """The lanes after a message, and what it changed."""

    lanes: dict[str, Lane]
    opened: int = 0
    resolved: int = 0
    left_out: int = 0
    """Alerts that fire and have no lane, since all are taken."""
    new: list[AlertReport] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SilenceRule:
    """How long a sender may be silent. Durations are in seconds."""

    repeat_interval: float
    has_watchdog: bool
    """Whether an alert that always fires proves that the sender works."""
    grace: float
    """How long that alert may be missing."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """When a monitor was last sent anything, and when its watchdog alert; None: never."""

    heard_at: float | None = None
    watchdog_at: float | None = None


def apply_reports(
    lanes: Mapping[str, Lane], reports: Iterable[AlertReport], *, now: float
) -> LaneChange:
    """Apply the alerts of one message. Of the same alert the last report counts."""
    change = LaneChange(current_lanes(lanes, now=now))
    for report in {each.fingerprint: each for each in reports}.values():
        _apply(change, report, now=now)
    _open_lanes(change, now=now)
    return change


def current_lanes(lanes: Mapping[str, Lane], *, now: float) -> dict[str, Lane]:
    """Return the lanes without those that ended by themselves, or were resolved long enough ago."""
    return {
        fingerprint: lane
        for fingerprint, lane in lanes.items()
        if (
            not _is_over(lane.ends_at, now)
            if lane.cleared_at is None
            else now - lane.cleared_at < REPLAY_SECONDS
        )
    }


def judge(
    lanes: Mapping[str, Lane], hearing: Hearing, rule: SilenceRule, *, now: float
) -> Judgement:
    """Return what the lanes say at `now`."""
    firing = [lane for lane in current_lanes(lanes, now=now).values() if lane.is_open]
    until = _silent_at(firing, hearing, rule)
    if until is None or now >= until:
        return Judgement(Verdict.UNKNOWN, _silence(hearing, rule), None)
    ends = [lane.ends_at for lane in firing if lane.ends_at is not None]
    due = min([until, *ends])
    if not firing:
        return Judgement(Verdict.UP, "", due)
    worst = min(firing, key=lambda lane: (-_RANK[lane.verdict], lane.opened_at, lane.reason))
    return Judgement(worst.verdict, worst.reason, due)


def _apply(change: LaneChange, report: AlertReport, *, now: float) -> None:
    lane = change.lanes.get(report.fingerprint)
    fires = report.firing and report.verdict is not Verdict.UP
    if fires and not _is_over(report.ends_at, now):
        if lane is None:
            change.new.append(report)
        elif lane.is_open:
            change.lanes[report.fingerprint] = _lane(report, opened_at=lane.opened_at, now=now)
        elif not _began_before(report, lane):
            del change.lanes[report.fingerprint]
            change.new.append(report)
    elif lane is not None and lane.is_open and not _ended_before(report, lane):
        change.lanes[report.fingerprint] = replace(lane, cleared_at=now)
        change.resolved += 1
    elif lane is None and not report.firing:
        _remember_resolution(change, report, now=now)


def _remember_resolution(change: LaneChange, report: AlertReport, *, now: float) -> None:
    """Keep a resolution that overtook its alert for a while, so that the alert opens nothing."""
    began = report.ends_at if report.started_at is None else report.started_at
    if began is not None and report.verdict is not Verdict.UP:
        lane = _lane(replace(report, started_at=began), opened_at=now, now=now)
        change.lanes[report.fingerprint] = replace(lane, cleared_at=now)


def _open_lanes(change: LaneChange, *, now: float) -> None:
    """Give new alerts their lanes, the worst first, which take the places of lesser ones."""
    count = sum(lane.is_open for lane in change.lanes.values())
    lesser = deque(
        fingerprint
        for fingerprint, lane in change.lanes.items()
        if lane.is_open and lane.verdict is not Verdict.DOWN
    )
    for report in sorted(change.new, key=lambda each: -_RANK[each.verdict]):
        if count >= MAX_LANES:
            change.left_out += 1
            if report.verdict is not Verdict.DOWN or not lesser:
                continue
            del change.lanes[lesser.popleft()]
        else:
            count += 1
        change.lanes[report.fingerprint] = _lane(report, opened_at=now, now=now)
        change.opened += 1
    _forget_cleared(change.lanes)


def _forget_cleared(lanes: dict[str, Lane]) -> None:
    """Keep no more resolved ones than there is room for, the latest."""
    cleared = sorted(
        (lane.cleared_at, fingerprint)
        for fingerprint, lane in lanes.items()
        if lane.cleared_at is not None
    )
    for _, fingerprint in cleared[: max(0, len(lanes) - MAX_LANES)]:
        del lanes[fingerprint]


def _lane(report: AlertReport, *, opened_at: float, now: float) -> Lane:
    return Lane(
        report.verdict, report.reason, opened_at=opened_at, heard_at=now,
        started_at=report.started_at, ends_at=report.ends_at,
    )  # fmt: skip


def _is_over(ends_at: float | None, now: float) -> bool:
    return ends_at is not None and ends_at <= now


def _began_before(report: AlertReport, lane: Lane) -> bool:
    """Return whether a report is of an episode that the resolved one includes."""
    if report.started_at is None or lane.started_at is None:
        return False
    return report.started_at <= lane.started_at


def _ended_before(report: AlertReport, lane: Lane) -> bool:
    """Return whether a resolution is of an episode that was over before the lane's began.

    What was heard to fire had begun by then, though its start lies further ahead than clocks do:
    with `amtool`, an alert that has an end and no start begins when it ends.
    """
    if report.ends_at is None or lane.started_at is None:
        return False
    is_ahead = lane.started_at - lane.opened_at > REPLAY_SECONDS
    began = lane.opened_at if is_ahead else lane.started_at
    return not report.firing and report.ends_at < began


def _silent_at(firing: list[Lane], hearing: Hearing, rule: SilenceRule) -> float | None:
    """Return from when on the sender is silent; None: it never was heard.

    An alert that fires is believed for as long as a watchdog alert would be: it is bad news, which
    proves that the sender works. That alerts were resolved proves nothing: Alertmanager does that
    by itself when Prometheus is gone.
    """
    if hearing.heard_at is None:
        return None
    until = hearing.heard_at + SILENT_INTERVALS * rule.repeat_interval
    if not rule.has_watchdog:
        return until
    proofs = [lane.heard_at for lane in firing]
    if hearing.watchdog_at is not None:
        proofs.append(hearing.watchdog_at)
    return min(until, max(proofs) + rule.grace) if proofs else None


def _silence(hearing: Hearing, rule: SilenceRule) -> str:
    if hearing.heard_at is None:
        return "no alert was received yet"
    if rule.has_watchdog and hearing.watchdog_at is None:
        return "the watchdog alert was not received yet"
    late_watchdog = (
        rule.has_watchdog
        and hearing.watchdog_at is not None
        and hearing.watchdog_at + rule.grace
        < hearing.heard_at + SILENT_INTERVALS * rule.repeat_interval
    )
    what = "watchdog alert" if late_watchdog else "message"
    at = hearing.watchdog_at if late_watchdog else hearing.heard_at
    return f"no {what} since {datetime.fromtimestamp(at or 0.0, UTC):%Y-%m-%d %H:%M:%S} UTC"
