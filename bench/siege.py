"""What readers of the page get while it is attacked (S12, S13, S17, S19)."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.databases import ROOT, SQLITE
from bench.processes import BrokenError, cpu_seconds, stop
from bench.report import Table, at_least, at_most, figure
from bench.stage import Stage, Web
from statuspage.runtime.parent_death import PARENT_VARIABLE

_COMPONENTS = 100
_SECONDS = 30
_TARGET_MS = 10.0
_TARGET_RATIO = 0.8
_SERVERS = ("uvicorn", "daphne")


def run(stage: Stage) -> Table:
    """Read the page under attack, and beside as much processor spent on harmless requests."""
    table = Table(
        "siege: the page on 8 connections, attacked from other networks; one web process",
        ("server, beside", "a second", "p50", "p99", "max", "not 200", "÷ harmless", "others' CPU"),
    )
    seconds = 3 if stage.short else _SECONDS
    for server in _SERVERS:
        try:
            _measure(stage, table, server, seconds)
        except BrokenError as error:
            table.add(server, f"skipped: {error}"[:60])
    table.notes.append(
        "50 endless heads, 5,000 idle connections, 10,000 streams asked for by one client, 200 slow"
        " bodies, random references, random ping keys; milliseconds"
    )
    return table


def _measure(stage: Stage, table: Table, server: str, seconds: int) -> None:
    with stage.site(SQLITE) as site:
        site.inside("fill_components", count=_COMPONENTS)
        with site.web(server) as web:
            stage.progress.say(f"siege: attacked, {server}")
            with _beside(web, "0.02" if stage.short else "1") as attacker:
                attacked, share = _read(web, attacker.pid, seconds)
        with site.web(server) as web:
            stage.progress.say(f"siege: beside harmless requests, {server}")
            with _beside(web, "harmless", f"{share:.3f}") as other:
                harmless, spent = _read(web, other.pid, seconds)
    _add(table, f"{server}, harmless requests", harmless, spent)
    ratio = attacked["rate"] / max(1.0, harmless["rate"])
    _add(table, f"{server}, attacks", attacked, share, ratio)


def _add(
    table: Table, name: str, seen: dict[str, Any], share: float, ratio: float | None = None
) -> None:
    wrong = sum(count for told, count in seen["answers"].items() if told != "200")
    judged = ratio is not None
    if wrong:
        table.notes.append(f"{name}: {seen['answers']}")
    table.add(
        name,
        figure(seen["rate"]),
        figure(seen["p50"]),
        at_most(seen["p99"], _TARGET_MS, " ms") if judged else figure(seen["p99"]),
        figure(seen["max"]),
        at_most(wrong, 0) if judged else str(wrong),
        at_least(ratio, _TARGET_RATIO) if ratio is not None else "",
        f"{100 * share:.0f} %",
    )


def _read(web: Web, other: int, seconds: int) -> tuple[dict[str, Any], float]:
    """Return what a reader saw, and how much of a processor the other process spent meanwhile."""
    began, before = time.monotonic(), cpu_seconds(other)
    done = subprocess.run(
        [sys.executable, "-m", "bench.reader", str(web.port), str(seconds)],
        cwd=ROOT,
        env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=False,
    )
    if done.returncode:
        raise BrokenError(done.stderr[-2000:])
    spent = (cpu_seconds(other) - before) / (time.monotonic() - began)
    return json.loads(done.stdout), spent


@contextmanager
def _beside(web: Web, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.besieger", str(web.port), *arguments],
        cwd=ROOT,
        env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise BrokenError("the other process could not begin; see above")
        yield process
    finally:
        stop(process)
        if process.stdout is not None:
            process.stdout.close()
