"""A process that has a forkserver, as `up` does: it prints what became of its roles."""

import json
import os
import select
import signal
import socket
import sys
import time
from typing import Any

import django
import psutil

PROBE = """
import json, os, sys
from pathlib import Path
from django.conf import settings
from django.db import connections
from django_q.conf import Conf
fds = []
for path in Path("/proc/self/fd").iterdir():
    if path.exists() and not str(path.readlink()).startswith("/dev/shm/"):
        fds.append(int(path.name))  # shared memory is multiprocessing's own
print(json.dumps({
    "pid": os.getpid(),
    "parent": os.getppid(),
    "group": os.getpgid(0),
    "arguments": sys.argv[1:2],
    "role": settings.STATUSPAGE.role,
    "port": settings.STATUSPAGE.port,
    "kept": connections["default"].settings_dict["CONN_MAX_AGE"],
    "queue": Conf.CLUSTER_NAME,
    "workers": Conf.WORKERS,
    "fds": sorted(fds),
    "stdin": sys.stdin.read(),
}), flush=True)
"""
WAITS = PROBE + "import time\ntime.sleep(60)\n"


def main() -> None:  # noqa: PLR0915  (one story)
    django.setup()
    # After django.setup().
    from statuspage.runtime.supervisor.forkserver_client import ForkServerClient  # noqa: PLC0415
    from statuspage.runtime.supervisor.preload import preload  # noqa: PLC0415
    from statuspage.runtime.supervisor.roles import MANAGE  # noqa: PLC0415  (after django.setup())

    preload()
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        fds = (listener.fileno(), other.fileno())
        forkserver = ForkServerClient(restart=(sys.executable, str(MANAGE), "forkserver"), fds=fds)

        def spawn(code: str, role: str) -> tuple[int | None, int]:
            reading, writing = os.pipe()
            command = (sys.executable, str(MANAGE), "shell", "--no-imports", "-c", code)
            environ = {"STATUSPAGE_ROLE": role, "Q_CLUSTER_NAME": role, "STATUSPAGE_PORT": "3987"}
            pid = forkserver.spawn(command=command, environ=environ, fds=fds[:1], output=writing)
            os.close(writing)
            return pid, reading

        def told(reading: int) -> dict[str, Any]:
            assert select.select([reading], [], [], 20)[0]
            found: dict[str, Any] = json.loads(os.read(reading, 65536))
            return found

        pid, reading = spawn(WAITS, "notify")
        _, failed = spawn("raise SystemExit('no such luck')", "web")
        first = forkserver.pid
        findings: dict[str, Any] = {
            "up": os.getpid(),
            "listener": fds[0],
            "pid": pid,
            "role": told(reading),
            "title": psutil.Process(pid).cmdline(),
            "name": psutil.Process(first).name(),
            "threads": psutil.Process(first).num_threads(),
            "failure": os.read(failed, 100).decode(),
        }
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        findings["without"] = spawn(PROBE, "web")[0]
        forkserver._started_at -= 60
        forkserver.keep_alive()
        restart = None
        until = time.monotonic() + 40
        while restart is None and time.monotonic() < until:
            restart, reading = spawn(PROBE, "web")
            time.sleep(0.05)
        findings["outlives"] = psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        findings["again"] = told(reading)
        findings["left"] = [pid, forkserver.pid]
        print(json.dumps(findings), flush=True)  # noqa: T201  (it is a program)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
