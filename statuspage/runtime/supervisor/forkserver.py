"""The fork server of the roles of `up`: one thread, no connection, everything imported.

It is a process of its own because `up` has threads, and a lock that one of them held at the fork
would be held for ever in the child. Each role becomes a child of `up` itself: the fork that stands
between ends at once, and the kernel hands its child to `up`, which is a "subreaper". So a role
outlives this process, ends with `up`, and is waited for and signalled as if `up` had started it.
"""

import importlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import ManagementUtility
from django.db import connections
from django.utils.functional import empty

from statuspage.config import startup_errors
from statuspage.observability.logs import emergency_line
from statuspage.runtime import parent_death

MAX_REQUEST_BYTES = 65_536
READY = b"ready"


def serve(*, requests: socket.socket, up: int) -> NoReturn:
    """Fork a role for each request from the process `up`, until it closes the socket."""
    parent_death.die_with_parent(parent_pid=up)
    parent_death.set_process_name(name="status fork")
    requests.send(READY)
    while True:
        data, fds, _, _ = socket.recv_fds(requests, MAX_REQUEST_BYTES, 1)
        if not data:
            os._exit(0)
        request: dict[str, Any] = json.loads(data)
        requests.send(json.dumps(_spawn(request, output=fds[0], up=up)).encode())
        os.close(fds[0])


def _spawn(request: dict[str, Any], *, output: int, up: int) -> int:
    """Fork twice; return the process id of the grandchild, which is a child of `up` by then."""
    reading, writing = os.pipe()
    intermediate = os.fork()
    if intermediate == 0:
        own = os.getpid()
        pid = os.fork()
        if pid:
            os.write(writing, str(pid).encode())
            os._exit(0)
        _run_child(request, output=output, intermediate=own, up=up)
    os.close(writing)
    os.waitpid(intermediate, 0)
    with os.fdopen(reading, "rb") as reader:
        return int(reader.read() or b"0")


def _run_child(request: dict[str, Any], *, output: int, intermediate: int, up: int) -> NoReturn:
    """Run the role's command as a fresh interpreter would, then end the process."""
    code = 1
    try:
        os.setsid()
        while os.getppid() == intermediate:
            time.sleep(0.0005)
        parent_death.die_with_parent(parent_pid=up)
        _redirect_output(output=output, keep=request["fds"])
        os.environ.update(request["environ"])
        parent_death.set_command_line(name=f"status {os.environ.get('STATUSPAGE_ROLE', '')}")
        reload_settings()
        _run(request["command"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            os.write(2, emergency_line(end.code))
    except BaseException as error:  # noqa: BLE001  (the end of a child: nothing may leave it)
        ours = settings.STATUSPAGE
        text = startup_errors.explain(error, data_dir=ours.data_dir, database=ours.database_url)
        if text:
            os.write(2, emergency_line(text))
        else:
            sys.excepthook(*sys.exc_info())
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        # Not by unwinding: below are the frames of another process's life.
        os._exit(code)


def _redirect_output(*, output: int, keep: Iterable[int]) -> None:
    devnull = os.open(os.devnull, os.O_RDWR)
    for source, target in ((devnull, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    kept = {0, 1, 2, *keep}
    for fd in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if fd not in kept:
            with suppress(OSError):  # the one that listed the folder
                os.close(fd)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # they are text streams


def reload_settings() -> None:
    """Reload the settings from the environment as it is now: some depend on the role."""
    importlib.reload(sys.modules[os.environ["DJANGO_SETTINGS_MODULE"]])
    settings._wrapped = empty  # noqa: SLF001  (they are read when next looked at)
    for alias in list(connections):
        with suppress(AttributeError):  # there is none yet
            del connections[alias]
    connections._settings = None  # type: ignore[attr-defined]  # noqa: SLF001
    connections.__dict__.pop("settings", None)
    # django-q2 reads the settings and the name of its cluster once, when it is imported, into a
    # class that its other modules hold.
    queue = sys.modules["django_q.conf"]
    conf = queue.Conf
    for name, value in vars(importlib.reload(queue).Conf).items():
        if not name.startswith("__"):
            setattr(conf, name, value)
    queue.Conf = conf  # type: ignore[attr-defined]


def _run(command: Sequence[str]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Code that reads how this process was started, to start it again for one, gets the truth.
    sys.orig_argv[:], sys.argv[:] = command, command[1:]
    utility = ManagementUtility(sys.argv)
    utility.fetch_command(sys.argv[1]).run_from_argv(sys.argv)
