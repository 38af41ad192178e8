"""Supervised operating-system processes: start, signals, end, process group."""

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from statuspage.runtime.parent_death import PARENT_VARIABLE
from statuspage.runtime.supervisor.forkserver_client import ForkServerClient
from statuspage.runtime.supervisor.output import Output
from statuspage.runtime.supervisor.restart_policy import STARTUP_GRACE


@dataclass(frozen=True, slots=True)
class Role:
    """A role of one of the processes of `up`, and how it is started."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    """Added to the environment of `up`."""
    fds: tuple[int, ...] = ()
    """File descriptors handed down under their own numbers."""
    known_as: str = ""
    """The role that it knows itself as, where several have the same."""
    silence: float | None = None
    """Seconds without progress after which it is started anew; None when it is not watched."""
    grace: float = STARTUP_GRACE
    """Seconds it may take to get going."""


class Child:
    """A running process of a role, the leader of its own session and process group.

    Its own session: Ctrl-C in the terminal reaches `up` alone, which then stops each in its way.
    """

    def __init__(
        self, *, role: Role, output: Output, forkserver: ForkServerClient | None = None
    ) -> None:
        """Start it; must be called in the main thread (see `parent_death`). Raises OSError."""
        environ = {
            "PYTHONUNBUFFERED": "1",
            **role.environ,
            "STATUSPAGE_ROLE": role.known_as or role.name,
            PARENT_VARIABLE: str(os.getpid()),
        }
        reading, writing = os.pipe()
        try:
            self.pid = (
                forkserver.spawn(
                    command=role.command, environ=environ, fds=role.fds, output=writing
                )
                if forkserver
                else None
            ) or _start_program(role, environ=environ, output=writing)
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        output.follow(name=role.name, fd=reading)

    def has_ended(self) -> bool:
        """Return whether its main process has exited. It is not collected: its group keeps its id.

        Were it collected here, the number could be another process's by the time of `collect`.
        """
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def terminate(self) -> None:
        """Ask the main process, and only it, to stop."""
        os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Kill the whole group."""
        # Not permitted: members that changed their user. They die with their parent all the same.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def collect(self) -> str:
        """Kill the rest of the group, collect the main process; return how it ended, as text."""
        self.kill()
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if code >= 0:
            return f"ended with exit code {code}"
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"


def _start_program(role: Role, *, environ: Mapping[str, str], output: int) -> int:
    """Start the command as a program of its own; return its process id."""
    popen = subprocess.Popen(  # noqa: S603  (our own commands, no shell)
        role.command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environ},
        pass_fds=role.fds,
        start_new_session=True,
    )
    # It is ours to collect: forgotten with no exit code, it would be collected behind our back.
    popen.returncode = 0
    return popen.pid


def collect_orphans(*, known: set[int]) -> None:
    """Collect dead processes that were left to us by those that started them.

    They come to process 1 of a container, and to one that has called `adopt_orphans`.
    """
    with suppress(ChildProcessError):
        while end := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if end.si_pid in known:
                return
            os.waitpid(end.si_pid, os.WNOHANG)
