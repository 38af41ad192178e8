"""A scrape of `/metrics` with thousands of monitors: how long it takes, and what it costs."""

import statistics
import time
from dataclasses import dataclass

from bench.databases import POSTGRES, SQLITE
from bench.processes import BrokenError, cpu_seconds
from bench.report import Table, at_most, figure
from bench.stage import Site, Stage, get

_TARGET_MS = 300.0
_ASKED = {"own names": "/metrics", "names of Uptime Kuma": "/metrics?names=kuma"}


@dataclass(frozen=True, slots=True)
class _Size:
    monitors: int
    rounds: int
    pause: float
    """Seconds between two scrapes: all parts are gathered anew by then."""


_FULL = _Size(monitors=2_000, rounds=5, pause=20.0)
_SHORT = _Size(monitors=20, rounds=2, pause=0.2)


def run(stage: Stage) -> Table:
    """Each set of names on each database, one web process."""
    size = _SHORT if stage.short else _FULL
    table = Table(
        f"metrics: a scrape of {size.monitors:,} monitors, one web process, {size.rounds} scrapes",
        ("names, store", "p50 ms", "max ms", "first ms", "processor ms", "series", "kB"),
    )
    for database in (SQLITE,) if stage.short else (SQLITE, POSTGRES):
        try:
            with stage.site(database) as site:
                stage.progress.say(f"metrics: filling the store, {database}")
                site.inside("fill_checked_monitors", count=size.monitors)
                _scrape(stage, table, site, database, size)
        except BrokenError as error:
            table.add(f"skipped, {database}: {error}"[:80])
    table.notes.append("each is gathered anew from the database; the first one loads the library")
    return table


def _scrape(stage: Stage, table: Table, site: Site, database: str, size: _Size) -> None:
    with site.web() as web:
        for name, path in _ASKED.items():
            took: list[float] = []
            before, body = cpu_seconds(web.pid), b""
            for number in range(1 + size.rounds):
                stage.progress.say(f"metrics: {name}, {database}, {number} of {size.rounds}")
                time.sleep(size.pause if number else 0.0)
                began = time.monotonic()
                body = get(web.management, path, {}).body
                took.append((time.monotonic() - began) * 1000)
            spent = (cpu_seconds(web.pid) - before) / len(took) * 1000
            table.add(
                f"{name}, {database}",
                at_most(statistics.median(took[1:]), _TARGET_MS),
                figure(max(took[1:])),
                figure(took[0]),
                figure(spent),
                f"{sum(not line.startswith(b'#') for line in body.splitlines()):,}",
                figure(len(body) / 1000),
            )
