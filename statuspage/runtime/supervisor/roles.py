"""The roles that `up` runs: command of each, and how long each may make no progress."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from statuspage.runtime.supervisor.forkserver_client import ForkServerClient
from statuspage.runtime.supervisor.preload import preload
from statuspage.runtime.supervisor.process_table import BY_NAME, PROCESSES, Process
from statuspage.runtime.supervisor.processes import Role

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"
COLOURS = {"up": 1, "web": 36, "beat": 33, "probes": 32, "notify": 35}


def forkserver(*, fds: Sequence[int]) -> ForkServerClient | None:
    """Return a running fork server's client; None where the system is not Linux."""
    if sys.platform != "linux":
        return None
    preload()
    return ForkServerClient(restart=_command("forkserver"), fds=fds)


def web(
    *, fd: int, management_fd: int, environ: Mapping[str, str], side_fds: Sequence[int] = ()
) -> Role:
    """Return the role of the ASGI server, on the listening sockets that `up` holds open."""
    sides = [argument for side in side_fds for argument in ("--side-fd", str(side))]
    process = BY_NAME["web"]
    command = _command(
        *process.arguments, "--fd", str(fd), "--management-fd", str(management_fd), *sides
    )
    fds = (fd, management_fd, *side_fds)
    return Role(process.name, command, environ, fds=fds, silence=process.silence_seconds)


def background(*, environ: Mapping[str, str]) -> list[Role]:
    """Return all other roles; they need a database that is ready."""
    return [_background(process, environ) for process in PROCESSES if process.name != "web"]


def _background(process: Process, environ: Mapping[str, str]) -> Role:
    if process.arguments[0] == "work":
        # The name spares `work` the detour of starting itself again (see its module).
        environ = {**environ, "Q_CLUSTER_NAME": process.name}
    return Role(
        process.name, _command(*process.arguments), environ, silence=process.silence_seconds
    )


def _command(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(MANAGE), *arguments)
