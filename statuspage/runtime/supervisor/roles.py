"""The roles that `up` runs: command of each, and how long each may make no progress."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from statuspage.runtime.supervisor.forkserver_client import ForkServerClient
from statuspage.runtime.supervisor.preload import preload
from statuspage.runtime.supervisor.process_table import BY_NAME, PROCESSES, Process
from statuspage.runtime.supervisor.processes import Role
from statuspage.runtime.supervisor.restart_policy import RoleProgress
from statuspage.server.peer_processes import SharedSlots

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"
COLOURS = {"up": 1, "web": 36, "beat": 33, "probes": 32, "notify": 35}


def forkserver(*, fds: Sequence[int]) -> ForkServerClient | None:
    """Return a running fork server's client; None where the system is not Linux."""
    if sys.platform != "linux":
        return None
    preload()
    return ForkServerClient(restart=_command("forkserver"), fds=fds)


def web(*, fds: Sequence[int], environ: Mapping[str, str]) -> Role:
    """Return the role of the ASGI server, on listening sockets that are held open here.

    `fds` are the public socket, the management socket and all others.
    """
    silence = BY_NAME["web"].silence_seconds
    return Role("web", _web_command(fds), environ, fds=tuple(fds), silence=silence)


def webs(*, slots: SharedSlots, fds: Sequence[int], environ: Mapping[str, str]) -> list[Role]:
    """Return a role for each of several web processes on the same sockets: whoever is free
    accepts."""
    return [
        Role(
            web_name(number),
            _web_command(
                fds, "--number", str(number), "--of", str(slots.count), "--slots-fd", str(slots.fd)
            ),
            environ,
            fds=(*fds, slots.fd),
            known_as="web",
            silence=BY_NAME["web"].silence_seconds,
        )
        for number in range(slots.count)
    ]


def _web_command(fds: Sequence[int], *more: str) -> tuple[str, ...]:
    public, management, *others = map(str, fds)
    sides = [argument for side in others for argument in ("--side-fd", side)]
    return _command(
        *BY_NAME["web"].arguments, "--fd", public, "--management-fd", management, *sides, *more
    )


def web_name(number: int) -> str:
    """Return the name of one of several web processes, counted from 0, as it is shown."""
    return f"web-{number + 1}"


def web_progress(slots: SharedSlots) -> Callable[[str], RoleProgress | None]:
    """Return a lookup of the last progress of each of several web processes, by its name."""
    numbers = {web_name(number): number for number in range(slots.count)}

    def progress(name: str) -> RoleProgress | None:
        if name not in numbers:
            return None
        marked_at = slots.marked_at(numbers[name])
        return RoleProgress(observed_at=time.monotonic(), progress_at=marked_at)

    return progress


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
