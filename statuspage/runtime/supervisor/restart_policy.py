"""The restart policy: when a process is started, asked to stop, killed, restarted. Pure.

A process is started again whenever it ends, for whatever reason and with whatever exit code.
The pause before that begins at `MIN_PAUSE`, doubles with each early end up to `MAX_PAUSE`,
and is short again once the process has lived for `STABLE_AFTER`.

"Is alive" proves nothing, so a process is also killed when its *progress* stops for longer than
its limit. Only what a watcher saw counts, at the time it looked: while nothing can be seen (the
database is down), silence does not grow and no process is killed for it. A new one has a grace
to get going; if it was killed before its first progress, the next one gets twice as much, so that
a slow machine does end up with a running process.

To stop, the main process of each group is asked, and only it: a django-q cluster whose whole
group gets SIGTERM hangs. What is left after `STOP_TIMEOUT` is killed with its group.
"""

from dataclasses import dataclass, replace
from enum import Enum

MIN_PAUSE = 0.2
MAX_PAUSE = 5.0
STABLE_AFTER = 30.0
STARTUP_GRACE = 12.0
MAX_STRETCH = 8
STOP_TIMEOUT = 3.5


class DesiredState(Enum):
    """The state that the operator wants of all processes."""

    RUN = "run"
    STOP = "stop"
    KILL = "kill"


class Action(Enum):
    """The action to take on one process now."""

    WAIT = "wait"
    START = "start"
    TERMINATE = "terminate"
    """Send SIGTERM to the main process, and only to it."""
    KILL = "kill"
    """Send SIGKILL to the whole process group."""
    COLLECT = "collect"
    """The main process has ended: kill what is left of its group and collect it."""


@dataclass(frozen=True, slots=True)
class RoleProgress:
    """The last observed progress of a process. Instants are seconds of the monotonic clock."""

    observed_at: float
    progress_at: float
    """When progress was last made, or when watching began if there has been none since."""


@dataclass(frozen=True, slots=True)
class Process:
    """The state of a supervised process between two decisions. Durations are in seconds."""

    silence: float | None = None
    """How long it may make no progress; None when it is not watched."""
    started_at: float | None = None
    """None while it does not run."""
    stop_requested_at: float | None = None
    killed: bool = False
    start_at: float = 0.0
    """Not to be started before."""
    pause: float = MIN_PAUSE
    grace: float = STARTUP_GRACE
    """How long it may take to get going."""
    stretch: int = 1
    """By how much the grace is multiplied."""


def decide(
    process: Process,
    *,
    now: float,
    desired: DesiredState,
    ended: bool,
    progress: RoleProgress | None,
) -> tuple[Process, Action]:
    """Return the new state and the action. `ended`: its main process has exited."""
    if process.started_at is None:
        if desired is DesiredState.RUN and now >= process.start_at:
            return replace(process, started_at=now), Action.START
        return process, Action.WAIT
    if ended:
        return _after_end(process, now=now, progress=progress), Action.COLLECT
    if process.killed:
        return process, Action.WAIT
    if desired is DesiredState.STOP and process.stop_requested_at is None:
        return replace(process, stop_requested_at=now), Action.TERMINATE
    if desired is DesiredState.STOP and process.stop_requested_at is not None:
        overdue = now - process.stop_requested_at >= STOP_TIMEOUT
    else:
        overdue = desired is DesiredState.KILL or is_stalled(process, progress=progress)
    return (replace(process, killed=True), Action.KILL) if overdue else (process, Action.WAIT)


def is_stalled(process: Process, *, progress: RoleProgress | None) -> bool:
    """Return whether a running process was observed to make no progress for longer than it may."""
    if progress is None or process.silence is None or process.started_at is None:
        return False
    if progress.observed_at - process.started_at <= process.grace * process.stretch:
        return False
    silent_since = max(progress.progress_at, process.started_at)
    return progress.observed_at - silent_since > process.silence


def _after_end(process: Process, *, now: float, progress: RoleProgress | None) -> Process:
    started_at = now if process.started_at is None else process.started_at
    pause = MIN_PAUSE if now - started_at >= STABLE_AFTER else process.pause
    never_progressed = (
        process.killed and progress is not None and progress.progress_at <= started_at
    )
    return Process(
        silence=process.silence,
        start_at=now + pause,
        pause=min(pause * 2, MAX_PAUSE),
        grace=process.grace,
        stretch=min(process.stretch * 2, MAX_STRETCH) if never_progressed else 1,
    )
