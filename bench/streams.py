"""How soon thousands of viewers on one web process hear of a change that was committed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from bench.databases import POSTGRES, ROOT, SQLITE
from bench.processes import BrokenError, memory, stop
from bench.report import Table, at_most, figure
from bench.stage import Site, Stage, Web
from statuspage.runtime.parent_death import PARENT_VARIABLE

_COMPONENTS = 50
_VIEWERS = (2_000, 4_000, 5_000)
_TARGET_MS = 1_000.0
_TARGET_KB = 25.0
_CHANGES, _PAUSE = 7, 2.0


@dataclass(frozen=True, slots=True)
class _Heard:
    """Milliseconds from the commit, of the first, the median and the last viewer, per change."""

    first: list[float]
    middle: list[float]
    last: list[float]
    kilobytes: float
    """Memory of the web process per stream."""


def run(stage: Stage) -> Table:
    """Open streams, commit changes, and see when the first and the last viewer hear of them."""
    table = Table(
        "streams: commit → viewer, milliseconds, median of the changes; one web process",
        ("viewers, store", "first", "middle", "last", "last, worst", "kB a stream", "growth"),
    )
    for database in (SQLITE,) if stage.short else (SQLITE, POSTGRES):
        try:
            _measure(stage, table, database)
        except BrokenError as error:
            table.add(database, f"skipped: {error}"[:60])
    table.notes.append(
        "the viewers are one process on the same cores; SQLite is looked at every 200 ms;"
        " growth: last ÷ last with fewer viewers"
    )
    return table


def _measure(stage: Stage, table: Table, database: str) -> None:
    fewer: float | None = None
    with stage.site(database) as site:
        site.inside("fill_components", count=_COMPONENTS)
        for count in (10, 20) if stage.short else _VIEWERS:
            stage.progress.say(f"streams: {count:,} viewers, {database}")
            # A process of its own each time: memory that was once used stays.
            with site.web() as web:
                heard = _hear(stage, site, web, count)
            last = median(heard.last)
            table.add(
                f"{count:,}, {database}",
                figure(median(heard.first)),
                figure(median(heard.middle)),
                at_most(last, _TARGET_MS, " ms"),
                figure(max(heard.last)),
                at_most(heard.kilobytes, _TARGET_KB),
                "" if fewer is None else f"×{figure(last / fewer)}",
            )
            fewer = last


def _hear(stage: Stage, site: Site, web: Web, count: int) -> _Heard:
    changes, pause = (2, 0.3) if stage.short else (_CHANGES, _PAUSE)
    before = memory(web.pid).rss
    with _viewers(web.port, count) as viewers:
        assert viewers.stdin is not None
        assert viewers.stdout is not None
        if viewers.stdout.readline() != "ready\n":
            raise BrokenError("the viewers could not join; see above")
        held = memory(web.pid).rss - before
        committed = site.inside("change", times=changes, pause=pause)
        viewers.stdin.write("done\n")
        viewers.stdin.flush()
        instants = json.loads(viewers.stdout.readline())
    if len(instants) != len(committed):
        raise BrokenError(f"{len(committed)} changes, but a viewer heard of {len(instants)}")
    late = [
        sorted(1000 * (at - commit) for at in heard)
        for commit, heard in zip(committed, instants, strict=True)
    ]
    return _Heard(
        [each[0] for each in late],
        [median(each) for each in late],
        [each[-1] for each in late],
        1024 * held / count,
    )


@contextmanager
def _viewers(port: int, count: int) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.viewers", str(port), str(count)],
        cwd=ROOT,
        env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        stop(process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
