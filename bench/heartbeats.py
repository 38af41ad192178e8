"""Pings of two thousand heartbeats: how many are stored before they are answered, and how soon?"""

import time
from dataclasses import dataclass

from bench import wrk
from bench.databases import POSTGRES, SQLITE
from bench.processes import BrokenError, cpu_seconds
from bench.report import Table, at_least, figure
from bench.stage import Site, Stage

_CONNECTIONS = 128
_TARGETS = {SQLITE: 500.0, POSTGRES: 2_000.0}
_JUDGED_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class _Size:
    heartbeats: int
    seconds: int


_FULL = _Size(heartbeats=2_000, seconds=20)
_SHORT = _Size(heartbeats=20, seconds=2)


def run(stage: Stage) -> Table:
    """Measure each database: with beat at work, as in the product."""
    size = _SHORT if stage.short else _FULL
    table = Table(
        f"heartbeats: pings of {size.heartbeats:,}, {_CONNECTIONS} connections, {size.seconds} s",
        ("store", "pings a second", "p50 ms", "p99 ms", "web CPU s", "beat CPU s", "judged after"),
    )
    if not wrk.is_there():
        table.add("skipped: wrk is needed (Debian: apt-get install wrk)")
        return table
    for database, target in _TARGETS.items():
        try:
            with stage.site(database) as site:
                _measure(stage, table, database, target, site, size)
        except BrokenError as error:
            table.add(database, f"skipped: {error}"[:60])
    table.notes += [
        "CPU: seconds per 10,000 pings; judged after: when the last ping had been judged",
        "every answer was a 200, and as many pings were found in the database",
    ]
    return table


def _measure(
    stage: Stage, table: Table, database: str, target: float, site: Site, size: _Size
) -> None:
    stage.progress.say(f"heartbeats: {database}, filling the store")
    keys = site.inside("fill_heartbeats", count=size.heartbeats)
    before = site.inside("pings")["stored"]
    with site.role("beat", "beat") as beat, site.web() as web:
        stage.progress.say(f"heartbeats: {database}, pinging for {size.seconds} s")
        cpu = cpu_seconds(web.pid), cpu_seconds(beat.pid)
        load = wrk.drive(
            web.port,
            "/",
            seconds=size.seconds,
            headers={},
            folder=stage.folder,
            paths=[f"/ping/{key}" for key in keys],
            connections=_CONNECTIONS,
        )
        ended = time.monotonic()
        while (seen := site.inside("pings"))["waiting"]:
            if time.monotonic() > ended + _JUDGED_WITHIN:
                raise BrokenError(f"{seen['waiting']} pings are not judged")
        judged = time.monotonic() - ended
        spent = cpu_seconds(web.pid) - cpu[0], cpu_seconds(beat.pid) - cpu[1]
    stored = seen["stored"] - before
    if stored < load.rate * size.seconds * 0.99:
        raise BrokenError(f"{load.rate * size.seconds:.0f} were answered, {stored} are stored")
    per = 10_000 / stored
    table.add(
        database,
        at_least(load.rate, target),
        figure(load.p50_ms),
        figure(load.p99_ms),
        figure(spent[0] * per),
        figure(spent[1] * per),
        f"{judged:.1f} s",
    )
