"""When the next ping of a heartbeat is due and when it is late: pure rules, the clock an argument.

Instants are seconds since the epoch, durations are seconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from monitors.rules import cron

EARLY_SECONDS = 5.0
"""How long before its minute a ping already counts for it: clocks of two machines differ."""
MAX_OPEN_RUNS = 20
"""Open runs that are remembered; of older ones no duration will be known."""

PingType = Literal["start", "success", "fail", "log"]


@dataclass(frozen=True, slots=True)
class HeartbeatSchedule:
    """The schedule of pings: every `period`, or by a `cron` expression in the zone `zone`."""

    grace: float
    period: float | None = None
    cron: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class IngestGap:
    """A time in which we ourselves could receive no ping."""

    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class HeartbeatState:
    """What is known of the client that pings."""

    last: float | None = None
    """When the newest run ended, well or not; None before the first."""
    run: float | None = None
    """When the newest run began, while it has not ended."""
    runs: dict[str, float] = field(default_factory=dict)
    """When each open run began, by the id that its pings carry ('' when they carry none)."""


def next_ping(schedule: HeartbeatSchedule, *, after: float) -> float:
    """Return the latest instant at which the ping that follows one at `after` is on time.

    It always lies after `after`.
    """
    if schedule.period is not None:
        return after + schedule.period
    return cron.next_instant(schedule.cron, schedule.zone, after=after + EARLY_SECONDS)


def late_at(
    schedule: HeartbeatSchedule, state: HeartbeatState, *, gaps: Iterable[IngestGap] = ()
) -> float | None:
    """Return when the heartbeat is late unless a ping comes before; None: nothing is expected.

    A run that was announced has to end within the grace time as well. A ping that may have come
    in a gap is not missed: the next one is waited for.
    """
    ordered = sorted(gaps, key=lambda gap: gap.began)
    instants = []
    if state.last is not None:
        instants.append(_next_deadline(schedule, state.last, ordered))
    if state.run is not None:
        due = state.run + schedule.grace
        missed = [gap.ended for gap in ordered if gap.began < due and gap.ended > state.run]
        # Its end may have come in any of these gaps.
        instants.append(_next_deadline(schedule, max(missed), ordered) if missed else due)
    return min(instants, default=None)


def _next_deadline(schedule: HeartbeatSchedule, last: float, ordered: list[IngestGap]) -> float:
    """Return when the ping after one at `last` is late.

    A period says how far apart pings are at most: the next one may come at any time, so in any gap,
    and then the one after it is due a period after that. A cron expression says when they come.
    """
    expected = next_ping(schedule, after=last)
    for gap in ordered:
        # What cron expects later stays so, whatever came before; and then nothing is reckoned.
        matters = schedule.period is not None or gap.ended + EARLY_SECONDS >= expected
        if matters and gap.ended > last and gap.began < expected + schedule.grace:
            expected = max(expected, next_ping(schedule, after=gap.ended))
    return expected + schedule.grace


def apply_ping(
    state: HeartbeatState, ping_type: PingType, *, at: float, rid: str = ""
) -> tuple[HeartbeatState, float | None]:
    """Apply a ping; return the state and how many seconds the run took, if it ended."""
    if ping_type == "log":
        return state, None
    if ping_type == "start":
        newest = sorted({**state.runs, rid: at}.items(), key=lambda run: run[1])[-MAX_OPEN_RUNS:]
        return replace(state, run=at, runs=dict(newest)), None
    began = state.runs.get(rid)
    # Who gives no id makes one run at a time: none other can still be open.
    runs = {other: at for other, at in state.runs.items() if rid and other != rid}
    run = state.run if state.run in runs.values() else None
    return HeartbeatState(at, run, runs), None if began is None else max(0.0, at - began)
