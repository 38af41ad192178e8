"""A small `up` for tests: real processes, real signals, and what they print.

As a program it runs the roles named in its argument: {"name": {"code": ..., "silence": ...}}.
"""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from statuspage.runtime.supervisor.loop import Supervisor
from statuspage.runtime.supervisor.output import Output
from statuspage.runtime.supervisor.processes import Role
from statuspage.runtime.supervisor.restart_policy import RoleProgress
from tests.waiting import PATIENCE, until

STARTUP_GRACE = 0.3
# What a well-behaved role begins with: it follows its parent and says who it is.
HELLO = """
import os, signal, sys, time
from statuspage.runtime import parent_death
parent_death.follow()
print("pid", os.getpid())
"""
STUBBORN = HELLO + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready')\n"
FOREVER = "\nwhile True: time.sleep(60)\n"


class Toy:
    """A running toy supervisor, and the lines it has printed so far."""

    def __init__(self, popen: "subprocess.Popen[str]") -> None:
        self.popen = popen
        self._lines: deque[str] = deque()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        with self.popen.stdout:
            for line in self.popen.stdout:
                self._lines.append(line.rstrip())

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    def pids(self, name: str) -> list[int]:
        """The processes of a role, oldest first."""
        return [int(pid) for pid in re.findall(rf"^{name} +│ pid (\d+)", self.text, re.MULTILINE)]

    def pid(self, name: str, *, start: int = 1) -> int:
        """The process of a role's first, second, … start; waits for it."""
        wait_until(lambda: len(self.pids(name)) >= start, f"start {start} of {name}\n{self.text}")
        return self.pids(name)[start - 1]

    def says(self, text: str) -> None:
        wait_until(lambda: text in self.text, f"{text!r} in\n{self.text}")

    def stop(self, *signals: signal.Signals) -> None:
        """Send the signals 0.4 s apart and wait for the end."""
        for place, number in enumerate(signals):
            time.sleep(0.4 if place else 0)
            self.popen.send_signal(number)
        self.popen.wait(PATIENCE)
        self.join()

    def join(self) -> None:
        """Wait until everything printed has been read; the process must have ended."""
        self._reader.join(PATIENCE)


@contextmanager
def running(**roles: dict[str, Any]) -> Iterator[Toy]:
    """A toy supervisor with these roles, killed in the end if it still runs."""
    popen = subprocess.Popen(
        [sys.executable, "-m", __name__, json.dumps(roles)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    toy = Toy(popen)
    with killed_in_the_end(popen):
        yield toy
    toy.join()


@contextmanager
def killed_in_the_end(popen: "subprocess.Popen[str]") -> Iterator[None]:
    """Leave nothing of a process and its descendants behind, however the test ends."""
    try:
        yield
    finally:
        # Some toys fork children that nothing ties to them.
        left = _descendants(popen.pid)
        popen.kill()
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        popen.wait()


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be collected does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until(true: Callable[[], bool], what: str) -> None:
    until(true, what=what, every=0.01)


def main() -> None:
    """Sightings: a role makes progress as long as the file named after it is fresh."""
    roles = json.loads(sys.argv[1])

    def progress_of(name: str) -> RoleProgress | None:
        path = roles[name].get("progress")
        if path is None:
            return None
        now, progress = time.monotonic(), Path(path).stat().st_mtime
        # From one clock to the other.
        return RoleProgress(observed_at=now, progress_at=now + progress - time.time())

    output = Output(stream=sys.stdout, colours={})
    supervisor = Supervisor(output=output, progress_of=progress_of)
    for name, role in roles.items():
        command = (sys.executable, "-c", role["code"])
        silence = role.get("silence")
        supervisor.add(Role(name, command, silence=silence, grace=STARTUP_GRACE))
    supervisor.run()
    output.close(timeout=1)


if __name__ == "__main__":
    main()
