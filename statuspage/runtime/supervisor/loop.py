"""The supervisor's loop: carries out what the restart policy decides, in `up`'s main thread."""

import os
import queue
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from statuspage.runtime.supervisor.forkserver_client import ForkServerClient
from statuspage.runtime.supervisor.output import Output
from statuspage.runtime.supervisor.processes import Child, Role, collect_orphans
from statuspage.runtime.supervisor.restart_policy import (
    Action,
    DesiredState,
    Process,
    RoleProgress,
    decide,
)

NAME = "up"
TICK = 0.25
# Two signals closer together than this are one request sent twice (terminal, process manager).
SAME_REQUEST_SECONDS = 0.3
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class _SupervisedRole:
    """A supervised role: its running process, if there is one, and its state for the policy."""

    role: Role
    process: Process
    child: Child | None = None


class Supervisor:
    """A supervisor of roles, until it is asked to stop.

    `progress_of` returns a role's last observed progress; it must not block. With a
    `forkserver`, roles are forked (see there), and their commands must be manage.py's.
    """

    def __init__(
        self,
        *,
        output: Output,
        progress_of: Callable[[str], RoleProgress | None],
        forkserver: ForkServerClient | None = None,
        on_pass: Callable[[bool], None] = lambda running: None,
    ) -> None:
        """`on_pass` is called often while this works, with whether it was not asked to stop."""
        self._output = output
        self._on_pass = on_pass
        self._forkserver = forkserver
        self._progress_of = progress_of
        self._roles: dict[str, _SupervisedRole] = {}
        self._added: queue.SimpleQueue[Role] = queue.SimpleQueue()
        self._desired = DesiredState.RUN
        self._stop_requested_at = 0.0

    def add(self, role: Role) -> None:
        """Run `role` from now on. From any thread; a role that runs already is left alone."""
        self._added.put(role)

    def run(self) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP, then stop everything; a second one kills at once.

        Must be called in the main thread. Returns within 5 s of the signal.
        """
        with _signals() as wake:
            while self._desired is DesiredState.RUN or any(
                supervised.child for supervised in self._roles.values()
            ):
                self._add_queued()
                for supervised in self._roles.values():
                    self._step(supervised)
                self._collect()
                self._on_pass(self._desired is DesiredState.RUN)
                self._handle_signals(wake, timeout=self._timeout())

    def _add_queued(self) -> None:
        while not self._added.empty():
            role = self._added.get()
            process = Process(silence=role.silence, grace=role.grace)
            self._roles.setdefault(role.name, _SupervisedRole(role, process))

    def _step(self, supervised: _SupervisedRole) -> None:
        process, action = decide(
            supervised.process,
            now=time.monotonic(),
            desired=self._desired,
            ended=supervised.child is not None and supervised.child.has_ended(),
            progress=self._progress_of(supervised.role.name),
        )
        if action is Action.START:
            process = self._start(supervised, process)
        elif supervised.child is not None and action is Action.TERMINATE:
            supervised.child.terminate()
        elif supervised.child is not None and action is Action.KILL:
            self._report_kill(supervised)
            supervised.child.kill()
        elif supervised.child is not None and action is Action.COLLECT:
            ending = supervised.child.collect()
            supervised.child = None
            if self._desired is DesiredState.RUN:
                pause = process.start_at - time.monotonic()
                self._report(f"{supervised.role.name} {ending}; starting it again in {pause:.1f} s")
        supervised.process = process

    def _collect(self) -> None:
        known = {supervised.child.pid for supervised in self._roles.values() if supervised.child}
        if self._forkserver is not None:
            self._forkserver.keep_alive()
            known.add(self._forkserver.pid)
        if self._forkserver is not None or os.getpid() == 1:
            collect_orphans(known=known)

    def _start(self, supervised: _SupervisedRole, process: Process) -> Process:
        try:
            supervised.child = Child(
                role=supervised.role, output=self._output, forkserver=self._forkserver
            )
        except OSError as error:
            self._report(f"{supervised.role.name} cannot be started: {error}")
            # As if it had ended at once: the same pause, the same doubling.
            return decide(
                process, now=time.monotonic(), desired=self._desired, ended=True, progress=None
            )[0]
        return process

    def _report_kill(self, supervised: _SupervisedRole) -> None:
        if self._desired is DesiredState.RUN:
            silence = supervised.role.silence
            self._report(
                f"{supervised.role.name} has made no progress for {silence:.0f} s; killing it"
            )
        elif self._desired is DesiredState.STOP:
            self._report(f"{supervised.role.name} did not stop in time; killing it")

    def _timeout(self) -> float:
        """Return the seconds until the next step, unless a signal comes first."""
        now = time.monotonic()
        starts = [
            supervised.process.start_at - now
            for supervised in self._roles.values()
            if not supervised.child
        ]
        return max(0.0, min([TICK, *starts])) if self._desired is DesiredState.RUN else TICK / 5

    def _handle_signals(self, wake: int, *, timeout: float) -> None:
        if not select.select([wake], [], [], timeout)[0]:
            return
        for number in os.read(wake, 256):
            if number in _STOP_SIGNALS:
                self._stop()

    def _stop(self) -> None:
        now = time.monotonic()
        if self._desired is DesiredState.RUN:
            self._desired, self._stop_requested_at = DesiredState.STOP, now
            self._report("stopping (once more to stop at once)")
        elif now - self._stop_requested_at > SAME_REQUEST_SECONDS:
            self._desired = DesiredState.KILL

    def _report(self, text: str) -> None:
        self._output.line(name=NAME, text=text)


@contextmanager
def _signals() -> Iterator[int]:
    """Yield a file descriptor that delivers the number of each signal that concerns us.

    SIGCHLD is among them only so that an end is noticed at once.
    """

    def ignore(_number: int, _frame: FrameType | None) -> None:
        """The number arrives through the pipe; a handler must exist for that to happen."""

    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    concerned = (*_STOP_SIGNALS, signal.SIGCHLD)
    former = {number: signal.signal(number, ignore) for number in concerned}
    former_wake = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(former_wake)
        for number, handler in former.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)
