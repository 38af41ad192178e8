"""R8: trouble on the product's own side is never a target's: database, disk, a bug in a prober."""

import ctypes
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from statuspage.drills.base import Drill, DrillResult, NotSupportedError
from statuspage.drills.environment import DrillEnvironment, catalogue
from statuspage.drills.targets import DrillTargets

_CLONE_NEWNS, _MS_REC, _MS_PRIVATE = 0x20000, 0x4000, 0x40000
STORE_BYTES = 48 * 1024 * 1024


class ProbeFaults(Drill):
    name = "probe-faults"
    fault = (
        "the store is locked, its disk is full, a prober raises (root needed for the disk, Linux)"
    )
    target = "0 false down; checks go on within 15 s (R8)"

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        interval, seconds = (1, 3.5) if short else (5, 60.0)
        targets = DrillTargets()
        result = DrillResult()
        try:
            with DrillEnvironment() as environment:
                _mount_small_disk(environment.data)
                environment.prepare(catalogue([targets.url()] * 20, interval=interval, timeout=1))
                environment.start("beat")
                environment.start("--queue", "probes", module="statuspage.drills.faulty_worker")
                environment.wait_until(
                    environment.all_up, seconds=60, what="the first good answer of all"
                )
                for fault, do in (("locked store", _lock), ("full disk", _fill)):
                    say(f"{fault} for {seconds:g} s")
                    do(environment, seconds)
                    before = environment.results()
                    took = environment.wait_until(
                        lambda: _grown(before, environment.results()),  # noqa: B023  (called here)
                        seconds=60,
                        what=f"a new result of every check after the {fault}",
                    )
                    result.injected += 1
                    result.recovery = max(result.recovery, took)
                words = environment.status_counts()
                down = [
                    each for each in environment.journal_data("monitor.state_changed")
                    if each["verdict"] == "down"
                ]  # fmt: skip
        finally:
            targets.close()
        result.injected += words.get("inconclusive", 0)
        result.false = words.get("down", 0) + len(down)
        result.expect(words.get("inconclusive", 0) > 0, "the prober's bug was not met")
        result.expect(result.false == 0, "something was called down")
        result.expect(result.recovery <= 15, "going on took longer than 15 s")
        return result


def _grown(before: dict[int, int], after: dict[int, int]) -> bool:
    return bool(after) and all(count > before.get(check, 0) for check, count in after.items())


def _lock(environment: DrillEnvironment, seconds: float) -> None:
    """Hold the only write lock."""
    holder = sqlite3.connect(environment.data / "db.sqlite3", timeout=30, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    time.sleep(seconds)
    holder.execute("ROLLBACK")
    holder.close()


def _fill(environment: DrillEnvironment, seconds: float) -> None:
    """Leave not a byte to write to."""
    ballast = environment.data / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    time.sleep(seconds)
    ballast.unlink()


def _mount_small_disk(folder: Path) -> None:
    """Put a small disk there that only this process and those it starts see."""
    libc = ctypes.CDLL(None, use_errno=True)
    private = _MS_REC | _MS_PRIVATE
    size = f"size={STORE_BYTES}".encode()
    refused = (
        libc.unshare(_CLONE_NEWNS)
        or libc.mount(b"none", b"/", None, private, None)
        or libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, size)
    )
    if refused:
        raise NotSupportedError(
            f"it needs the right to mount: run it as root ({os.strerror(ctypes.get_errno())})"
        )
