"""The process that the roles of `up` are forked from: one thread, no connection, all imported.

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
import traceback
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import ManagementUtility
from django.db import connections
from django.utils.functional import empty

from statuspage.runtime import parent_death

LONGEST_REQUEST = 65_536
READY = b"ready"


def serve(*, asks: socket.socket, up: int) -> NoReturn:
    """Fork a role for each request that comes from the process `up`, until it hangs up."""
    parent_death.die_with_parent(parent_pid=up)
    parent_death.show(name="status fork")
    asks.send(READY)
    while True:
        request, fds, _, _ = socket.recv_fds(asks, LONGEST_REQUEST, 1)
        if not request:
            os._exit(0)
        asked: dict[str, Any] = json.loads(request)
        asks.send(json.dumps(_spawn(asked, output=fds[0], up=up)).encode())
        os.close(fds[0])


def _spawn(asked: dict[str, Any], *, output: int, up: int) -> int:
    """Fork twice; the process id of the grandchild, which is a child of `up` by then."""
    reading, writing = os.pipe()
    between = os.fork()
    if between == 0:
        own = os.getpid()
        pid = os.fork()
        if pid:
            os.write(writing, str(pid).encode())
            os._exit(0)
        _run_child(asked, output=output, between=own, up=up)
    os.close(writing)
    os.waitpid(between, 0)
    with os.fdopen(reading, "rb") as told:
        return int(told.read() or b"0")


def _run_child(asked: dict[str, Any], *, output: int, between: int, up: int) -> NoReturn:
    """Be the role: what a fresh interpreter would have found, then the command, then the end."""
    code = 1
    try:
        os.setsid()
        while os.getppid() == between:
            time.sleep(0.0005)
        parent_death.die_with_parent(parent_pid=up)
        _take_over(output=output, keep=asked["fds"])
        os.environ.update(asked["environ"])
        parent_death.show_instead_of_arguments(
            name=f"status {os.environ.get('STATUSPAGE_ROLE', '')}"
        )
        read_settings_anew()
        _run(asked["command"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            os.write(2, f"{end.code}\n".encode())
    except BaseException:  # noqa: BLE001  (the end of a child: nothing may leave it)
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        # Not by unwinding: below are the frames of another process's life.
        os._exit(code)


def _take_over(*, output: int, keep: Iterable[int]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    kept = {0, 1, 2, *keep}
    for fd in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if fd not in kept:
            with suppress(OSError):  # the one that listed the folder
                os.close(fd)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # they are text streams


def read_settings_anew() -> None:
    """Have settings follow the environment as it is now: some depend on the role."""
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
    held = queue.Conf
    for name, value in vars(importlib.reload(queue).Conf).items():
        if not name.startswith("__"):
            setattr(held, name, value)
    queue.Conf = held  # type: ignore[attr-defined]


def _run(command: Sequence[str]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Whoever asks how this process was started, to start it again for one, is told the truth.
    sys.orig_argv[:], sys.argv[:] = command, command[1:]
    utility = ManagementUtility(sys.argv)
    utility.fetch_command(sys.argv[1]).run_from_argv(sys.argv)
