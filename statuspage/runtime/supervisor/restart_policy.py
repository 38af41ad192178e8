"""When a process is started, asked to stop, killed and started again; no clock, no processes.

A process is started again whenever it ends, for whatever reason and with whatever exit code.
The pause before that begins at `FIRST_PAUSE`, doubles with each early end up to `LONGEST_PAUSE`,
and is short again once the process has lived for `SETTLED_AFTER`.

"Is alive" proves nothing, so a process is also killed when its *progress* stops for longer than
its limit. Only what a watcher saw counts, at the time it looked: while nothing can be seen (the
database is down), silence does not grow and nobody is killed for it. A new process has a grace
to get going; if it was killed before its first progress, the next one gets twice as much, so that
a slow machine does end up with a running process.

To stop, the main process of each group is asked, and only it: a django-q cluster whose whole
group gets SIGTERM hangs. Whoever is left after `STOP_PATIENCE` is killed with its group.
"""

from dataclasses import dataclass, replace
from enum import Enum

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
SETTLED_AFTER = 30.0
GRACE = 12.0
LONGEST_STRETCH = 8
STOP_PATIENCE = 3.5


class DesiredState(Enum):
    """What the operator wants of all processes."""

    RUN = "run"
    STOP = "stop"
    KILL = "kill"


class Act(Enum):
    """What is to be done with one process now."""

    WAIT = "wait"
    START = "start"
    ASK = "ask"
    """Send SIGTERM to the main process, and only to it."""
    KILL = "kill"
    """Send SIGKILL to the whole process group."""
    BURY = "bury"
    """The main process has ended: kill what is left of its group and collect it."""


@dataclass(frozen=True, slots=True)
class RoleProgress:
    """What a watcher last saw of a process. Instants are seconds of the monotonic clock."""

    seen_at: float
    progress_at: float
    """When progress was last made, or when watching began if there has been none since."""


@dataclass(frozen=True, slots=True)
class Process:
    """One supervised process between two decisions. Durations are in seconds."""

    silence: float | None = None
    """How long it may make no progress; None when it is not watched."""
    started_at: float | None = None
    """None while it does not run."""
    asked_at: float | None = None
    killed: bool = False
    start_at: float = 0.0
    """Not to be started before."""
    pause: float = FIRST_PAUSE
    grace: float = GRACE
    """How long it may take to get going."""
    stretch: int = 1
    """By how much the grace is multiplied."""


def decide(
    process: Process, *, now: float, wish: DesiredState, ended: bool, sighting: RoleProgress | None
) -> tuple[Process, Act]:
    """The process as it is after the act, and the act. `ended`: its main process has exited."""
    if process.started_at is None:
        if wish is DesiredState.RUN and now >= process.start_at:
            return replace(process, started_at=now), Act.START
        return process, Act.WAIT
    if ended:
        return _after_end(process, now=now, sighting=sighting), Act.BURY
    if process.killed:
        return process, Act.WAIT
    if wish is DesiredState.STOP and process.asked_at is None:
        return replace(process, asked_at=now), Act.ASK
    if wish is DesiredState.STOP and process.asked_at is not None:
        overdue = now - process.asked_at >= STOP_PATIENCE
    else:
        overdue = wish is DesiredState.KILL or is_lost(process, sighting=sighting)
    return (replace(process, killed=True), Act.KILL) if overdue else (process, Act.WAIT)


def is_lost(process: Process, *, sighting: RoleProgress | None) -> bool:
    """Whether a running process has been seen to make no progress for longer than it may."""
    if sighting is None or process.silence is None or process.started_at is None:
        return False
    if sighting.seen_at - process.started_at <= process.grace * process.stretch:
        return False
    silent_since = max(sighting.progress_at, process.started_at)
    return sighting.seen_at - silent_since > process.silence


def _after_end(process: Process, *, now: float, sighting: RoleProgress | None) -> Process:
    started_at = now if process.started_at is None else process.started_at
    pause = FIRST_PAUSE if now - started_at >= SETTLED_AFTER else process.pause
    never_got_going = process.killed and sighting is not None and sighting.progress_at <= started_at
    return Process(
        silence=process.silence,
        start_at=now + pause,
        pause=min(pause * 2, LONGEST_PAUSE),
        grace=process.grace,
        stretch=min(process.stretch * 2, LONGEST_STRETCH) if never_got_going else 1,
    )
