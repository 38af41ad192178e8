"""Processes that a benchmark starts, measures and stops; none outlives it."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from statuspage.runtime.parent_death import PARENT_VARIABLE

STOP_SECONDS = 6.0


class BrokenError(Exception):
    """Something that was started for a measurement does not work; the message is its output."""


@contextmanager
def running(
    command: Sequence[str],
    *,
    log: Path,
    environ: Mapping[str, str] | None = None,
    fds: Sequence[int] = (),
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `command` in a process group of its own until the block ends; it writes to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**(environ or os.environ), PARENT_VARIABLE: str(os.getpid())},
            pass_fds=fds,
            start_new_session=True,
        )
    try:
        yield process
        if process.poll() is not None:
            raise BrokenError(log.read_text(errors="replace")[-2000:])
    finally:
        stop(process)


def stop(process: "subprocess.Popen[Any]") -> None:
    """Ask the main process, wait, then kill what is left of its group."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def family(pid: int) -> list[psutil.Process]:
    """A process and all that descend from it."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def cpu_seconds(pid: int) -> float:
    """User and system time that a process and its descendants, dead ones too, have used."""
    total = 0.0
    for process in family(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


@dataclass(frozen=True, slots=True)
class Memory:
    """Mebibytes. Forked processes share pages: `pss` counts each page once, `rss` once per user."""

    rss: float
    pss: float


def memory(pid: int) -> Memory:
    """What a process and its descendants hold now."""
    rss = pss = 0
    for process in family(pid):
        with suppress(psutil.NoSuchProcess):
            info = process.memory_full_info()
            rss, pss = rss + info.rss, pss + info.pss
    return Memory(rss / 2**20, pss / 2**20)
