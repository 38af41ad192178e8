"""The report of drills: a Markdown file with one row for each, and the machine they ran on.

A row is written as soon as its drill has ended, in place of that drill's former row; all other rows
are kept. So a run that is broken off has told what it found, and several can share a report.
"""

import fcntl
import os
import platform
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from components.filesystem.atomic_file import write_file
from statuspage.drills.base import Drill, DrillResult

_HEAD = """\
# Drills: what came of them

Written by `manage.py drill all --report` on {machine}.
A row is written when its drill has ended; *load* is the machine's load average when it began,
which is near 0 where nothing else ran. What each drill does and must hold is in
[Operating](../operating.md#drills).

| drill | store | fault | injected | lost | doubled | false | recovery | took | played | load \
| verdict |
|---|---|---|--:|--:|--:|--:|--:|--:|---|--:|---|
"""
_ROW = re.compile(r"^\| ([a-z-]+) \| (SQLite|PostgreSQL) \| .*\|$", re.MULTILINE)
_Key = tuple[str, str]
"""A drill's name, and the store that it was played on."""


@dataclass(frozen=True, slots=True)
class PlayedDrill:
    """A drill that was run. `result` is None if it came to none; `reason` then says why."""

    drill: Drill
    result: DrillResult | None
    reason: str
    seconds: float
    at: datetime
    """When it began."""
    load: float
    """The machine's load average at that time."""
    form: str
    """`full`, `short`, or what was cut."""

    @property
    def key(self) -> _Key:
        return (self.drill.name, self.drill.store)

    def row(self) -> str:
        """Return its row of the table."""
        fault = f"{self.drill.name} | {self.drill.store} | {_cell(self.drill.fault)}"
        day = f"{self.at.day} {self.at:%b %Y}, {self.form} | {self.load:.1f}"
        took = f"{self.seconds / 60:.1f} min | {day}"
        if (result := self.result) is None:
            return f"| {fault} | | | | | | {took} | {_cell(self.reason)} |"
        counts = (result.injected, result.lost, result.duplicated, result.false)
        figures = " | ".join(f"{count:,}" for count in counts)
        verdict = _cell("missed: " + "; ".join(result.missed)) if result.missed else "ok"
        return f"| {fault} | {figures} | {result.recovery:.1f} s | {took} | {verdict} |"


class DrillReport:
    """The file at `path`. What another machine wrote there is not kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._head = _HEAD.format(machine=_machine())

    def has(self, drill: Drill) -> bool:
        """Return whether there is a row of this drill on this store."""
        return (drill.name, drill.store) in self._rows()

    def add(self, played: PlayedDrill) -> None:
        """Write a drill's row. Raises OSError if the file cannot be written."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(self.path.parent):
            rows = {**self._rows(), played.key: played.row()}
            lines = "\n".join(rows[key] for key in sorted(rows))
            write_file(self.path, f"{self._head}{lines}\n".encode())

    def _rows(self) -> dict[_Key, str]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        if not text.startswith(self._head):
            return {}
        return {(found[1], found[2]): found[0] for found in _ROW.finditer(text)}


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other drills from writing there meanwhile."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    system = _os_release().get("PRETTY_NAME", platform.system())
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB of memory, {system}, "
        f"Linux {platform.release()}, Python {platform.python_version()}"
        if platform.system() == "Linux"
        else f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.platform()}"
    )


def _os_release() -> Mapping[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        told = ""
    found = re.search(r"^model name\s*:\s*(.+)$", told, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
