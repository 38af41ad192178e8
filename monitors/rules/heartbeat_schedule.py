"""When the next ping of a heartbeat is due and when it is late: pure rules, the clock an argument.

Instants are seconds since the epoch, durations are seconds. A cron expression is read in its time
zone as Debian's cron reads it: a run that falls into the hour that summer time skips is made right
after it, one in the hour that comes twice is made once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

EARLY_SECONDS = 5.0
"""How long before its minute a ping already counts for it: clocks of two machines differ."""
MOST_RUNS = 20
"""Open runs that are remembered; of older ones no duration will be known."""

Word = Literal["start", "success", "fail", "log"]


@dataclass(frozen=True, slots=True)
class HeartbeatSchedule:
    """How often pings come: every `period`, or by a `cron` expression in the time zone `zone`."""

    grace: float
    period: float | None = None
    cron: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class IngestGap:
    """A time in which we ourselves could take no ping."""

    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known of the one who pings."""

    last: float | None = None
    """When the newest run ended, well or not; None before the first."""
    run: float | None = None
    """When the newest run began, while it has not ended."""
    runs: dict[str, float] = field(default_factory=dict)
    """When each open run began, by the id that its pings carry ('' when they carry none)."""


def check_cron(text: str) -> None:
    """Raises ValueError when `text` is no cron expression, or names no instant ever."""
    if len(text.split()) != 5:
        raise ValueError("write five fields: minute, hour, day of month, month, day of week")
    try:
        next(CronSim(text, datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(f"is not a cron expression: {str(error).lower()}") from None
    except StopIteration:
        raise ValueError("never comes") from None


def next_ping(rhythm: HeartbeatSchedule, *, after: float) -> float:
    """The latest instant at which the ping that follows one at `after` is on time."""
    if rhythm.period is not None:
        return after + rhythm.period
    start = datetime.fromtimestamp(after + EARLY_SECONDS, ZoneInfo(rhythm.zone))
    return float(next(CronSim(rhythm.cron, start)).timestamp())


def late_at(
    rhythm: HeartbeatSchedule, caller: Caller, *, closures: Iterable[IngestGap] = ()
) -> float | None:
    """When `caller` is late unless a ping comes before; None: nothing is expected yet.

    A run that was announced has to end within the grace time as well. A ping that may have come
    to a closed door is not missed: the next one is waited for.
    """
    closed = sorted(closures, key=lambda closure: closure.began)
    instants = []
    if caller.last is not None:
        instants.append(_next_deadline(rhythm, caller.last, closed))
    if caller.run is not None:
        due = caller.run + rhythm.grace
        if not any(one.began < due and one.ended > caller.run for one in closed):
            instants.append(due)
    return min(instants, default=None)


def _next_deadline(rhythm: HeartbeatSchedule, last: float, closed: list[IngestGap]) -> float:
    expected = next_ping(rhythm, after=last)
    # Who pings at least once a period pings in its second half, whatever came before.
    earliest = expected - (EARLY_SECONDS if rhythm.period is None else rhythm.period / 2)
    for closure in closed:
        if earliest < closure.ended and closure.began < expected + rhythm.grace:
            expected = max(expected, next_ping(rhythm, after=closure.ended))
    return expected + rhythm.grace


def take(caller: Caller, word: Word, *, at: float, rid: str = "") -> tuple[Caller, float | None]:
    """Take a ping in; the answer is what is known now and how long the run took, if it ended."""
    if word == "log":
        return caller, None
    if word == "start":
        newest = sorted({**caller.runs, rid: at}.items(), key=lambda run: run[1])[-MOST_RUNS:]
        return replace(caller, run=at, runs=dict(newest)), None
    began = caller.runs.get(rid)
    # Who gives no id makes one run at a time: none other can still be open.
    runs = {other: at for other, at in caller.runs.items() if rid and other != rid}
    run = caller.run if caller.run in runs.values() else None
    return Caller(at, run, runs), None if began is None else max(0.0, at - began)
