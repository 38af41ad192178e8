"""The supervisor itself: carries out what the rules decide, in the main thread of `up`."""

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
from statuspage.runtime.supervisor.processes import Child, Role, collect_strays
from statuspage.runtime.supervisor.restart_policy import (
    Act,
    DesiredState,
    Process,
    RoleProgress,
    decide,
)

NAME = "up"
TICK = 0.25
# Two signals closer together than this are one wish told twice (terminal and process manager).
ONE_WISH = 0.3
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class _Post:
    """A role, the process that fills it, if one does, and what the rules know of it."""

    role: Role
    process: Process
    child: Child | None = None


class Supervisor:
    """Runs roles until it is told to stop.

    `sighting` gives what was last seen of a role's progress; it must not block. With a
    `forkserver`, roles are forked (see there), and their commands must be manage.py's.
    """

    def __init__(
        self,
        *,
        output: Output,
        sighting: Callable[[str], RoleProgress | None],
        forkserver: ForkServerClient | None = None,
    ) -> None:
        self._output = output
        self._forkserver = forkserver
        self._sighting = sighting
        self._posts: dict[str, _Post] = {}
        self._new: queue.SimpleQueue[Role] = queue.SimpleQueue()
        self._wish = DesiredState.RUN
        self._wished_at = 0.0

    def add(self, role: Role) -> None:
        """Have `role` run from now on. From any thread; a role that runs already is left alone."""
        self._new.put(role)

    def run(self) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP, then stop everything; a second one kills at once.

        Must be called in the main thread. Returns within 5 s of the signal.
        """
        with _signals() as wake:
            while self._wish is DesiredState.RUN or any(
                post.child for post in self._posts.values()
            ):
                self._enlist()
                for post in self._posts.values():
                    self._step(post)
                self._tidy()
                self._hear(wake, patience=self._patience())

    def _enlist(self) -> None:
        while not self._new.empty():
            role = self._new.get()
            process = Process(silence=role.silence, grace=role.grace)
            self._posts.setdefault(role.name, _Post(role, process))

    def _step(self, post: _Post) -> None:
        process, act = decide(
            post.process,
            now=time.monotonic(),
            wish=self._wish,
            ended=post.child is not None and post.child.has_ended(),
            sighting=self._sighting(post.role.name),
        )
        if act is Act.START:
            process = self._start(post, process)
        elif post.child is not None and act is Act.ASK:
            post.child.ask()
        elif post.child is not None and act is Act.KILL:
            self._say_why(post)
            post.child.kill()
        elif post.child is not None and act is Act.BURY:
            how = post.child.bury()
            post.child = None
            if self._wish is DesiredState.RUN:
                pause = process.start_at - time.monotonic()
                self._say(f"{post.role.name} {how}; starting it again in {pause:.1f} s")
        post.process = process

    def _tidy(self) -> None:
        known = {post.child.pid for post in self._posts.values() if post.child}
        if self._forkserver is not None:
            self._forkserver.keep_alive()
            known.add(self._forkserver.pid)
        if self._forkserver is not None or os.getpid() == 1:
            collect_strays(known=known)

    def _start(self, post: _Post, process: Process) -> Process:
        try:
            post.child = Child(role=post.role, output=self._output, forkserver=self._forkserver)
        except OSError as error:
            self._say(f"{post.role.name} cannot be started: {error}")
            # As if it had ended at once: the same pause, the same doubling.
            return decide(
                process, now=time.monotonic(), wish=self._wish, ended=True, sighting=None
            )[0]
        return process

    def _say_why(self, post: _Post) -> None:
        if self._wish is DesiredState.RUN:
            self._say(
                f"{post.role.name} has made no progress for {post.role.silence:.0f} s; killing it"
            )
        elif self._wish is DesiredState.STOP:
            self._say(f"{post.role.name} did not stop in time; killing it")

    def _patience(self) -> float:
        """Seconds until the next look, unless a signal comes first."""
        now = time.monotonic()
        starts = [post.process.start_at - now for post in self._posts.values() if not post.child]
        return max(0.0, min([TICK, *starts])) if self._wish is DesiredState.RUN else TICK / 5

    def _hear(self, wake: int, *, patience: float) -> None:
        if not select.select([wake], [], [], patience)[0]:
            return
        for number in os.read(wake, 256):
            if number in _STOP_SIGNALS:
                self._stop()

    def _stop(self) -> None:
        now = time.monotonic()
        if self._wish is DesiredState.RUN:
            self._wish, self._wished_at = DesiredState.STOP, now
            self._say("stopping (once more to stop at once)")
        elif now - self._wished_at > ONE_WISH:
            self._wish = DesiredState.KILL

    def _say(self, text: str) -> None:
        self._output.line(name=NAME, text=text)


@contextmanager
def _signals() -> Iterator[int]:
    """A file descriptor that yields the number of each signal that concerns us.

    SIGCHLD is among them only so that an end is noticed at once.
    """

    def nothing(_number: int, _frame: FrameType | None) -> None:
        """The number arrives through the pipe; a handler must exist for that to happen."""

    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    concerned = (*_STOP_SIGNALS, signal.SIGCHLD)
    former = {number: signal.signal(number, nothing) for number in concerned}
    former_wake = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(former_wake)
        for number, handler in former.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)
