"""The roles that `up` runs: command of each, and how long each may make no progress."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from statuspage.runtime.supervisor.forkserver_client import ForkServerClient
from statuspage.runtime.supervisor.preload import preload
from statuspage.runtime.supervisor.processes import Role

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"
COLOURS = {"up": 1, "web": 36, "beat": 33, "probes": 32, "notify": 35}

WEB_SILENCE = 9.0
"""Three answers in a row that do not come within the watch's 3 s."""
BEAT_SILENCE = 6.0
PROBES_SILENCE = 6.0
NOTIFY_SILENCE = 12.0


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
    command = _command("web", "--fd", str(fd), "--management-fd", str(management_fd), *sides)
    return Role("web", command, environ, fds=(fd, management_fd, *side_fds), silence=WEB_SILENCE)


def background(*, environ: Mapping[str, str]) -> list[Role]:
    """Return all other roles; they need a database that is ready."""
    return [
        Role("beat", _command("beat"), environ, silence=BEAT_SILENCE),
        _work("probes", environ, PROBES_SILENCE),
        _work("notify", environ, NOTIFY_SILENCE),
    ]


def _work(queue: str, environ: Mapping[str, str], silence: float) -> Role:
    # The name spares `work` the detour of starting itself again (see its module).
    role_environ = {**environ, "Q_CLUSTER_NAME": queue}
    return Role(queue, _command("work", "--queue", queue), role_environ, silence=silence)


def _command(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(MANAGE), *arguments)
