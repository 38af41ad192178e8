"""The report of a run of drills: a Markdown file with the machine it was played on.

It is written anew after each drill, so that a run that is broken off has told what it found.
"""

import os
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from components.filesystem.atomic_file import write_file
from statuspage.drills.base import Drill, DrillResult

_HEAD = """\
# Drills: what came of them

Written by `manage.py drill {command}` on {day}, on {machine}. {form}
What each drill does and must hold is in [Operating](../operating.md#drills).

| drill | store | fault | injected | lost | doubled | false | recovery | took | verdict |
|---|---|---|--:|--:|--:|--:|--:|--:|---|
"""
_FORMS = {False: "Each was played in full.", True: "Each was played in its short form."}


@dataclass(frozen=True, slots=True)
class PlayedDrill:
    """A drill that was run. `result` is None if it came to none; `reason` then says why."""

    drill: Drill
    result: DrillResult | None
    reason: str
    seconds: float

    def row(self) -> str:
        """Return its row of the table."""
        fault = f"{self.drill.name} | {self.drill.store} | {_cell(self.drill.fault)}"
        took = f"{self.seconds / 60:.1f} min"
        if (result := self.result) is None:
            return f"| {fault} | | | | | | {took} | {_cell(self.reason)} |"
        counts = (result.injected, result.lost, result.duplicated, result.false)
        figures = " | ".join(f"{count:,}" for count in counts)
        verdict = _cell("missed: " + "; ".join(result.missed)) if result.missed else "ok"
        return f"| {fault} | {figures} | {result.recovery:.1f} s | {took} | {verdict} |"


class DrillReport:
    """The file at `path`; each drill that was played is added to it at once."""

    def __init__(self, path: Path, *, command: str, short: bool, at: datetime) -> None:
        """`command` are the arguments of the run, as they were given."""
        self.path = path
        self._rows: list[str] = []
        self._head = _HEAD.format(
            command=command, day=f"{at.day} {at:%B %Y}", machine=_machine(), form=_FORMS[short]
        )

    def add(self, played: PlayedDrill) -> None:
        """Add a drill and write the file. Raises OSError if it cannot be written."""
        self._rows.append(played.row())
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_file(self.path, (self._head + "\n".join(self._rows) + "\n").encode())


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
