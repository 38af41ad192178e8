"""What people and programs ask of a store that has years of records, beside the target."""

import time
from dataclasses import asdict, dataclass

from bench.databases import POSTGRES, SQLITE
from bench.processes import BrokenError
from bench.report import Table, at_most, figure
from bench.stage import Stage

TARGET_MS = 200.0
_RUNS = 7


@dataclass(frozen=True, slots=True)
class _Size:
    incidents: int
    journal_rows: int
    deliveries: int
    subscribers: int
    alerts: int


_FULL = _Size(10_000, 1_000_000, 5_000_000, 100_000, 1_000_000)
_SHORT = _Size(20, 200, 2_000, 1_000, 100)


def run(stage: Stage) -> Table:
    """Fill a store of each kind by SQL, and time every list in this process, without a server.

    `--count N` is the number of deliveries; all else shrinks with it.
    """
    size = _SHORT if stage.short else _scaled(stage.many) if stage.many else _FULL
    table = Table(
        f"aged: {size.incidents:,} incidents, {size.journal_rows:,} journal entries, "
        f"{size.deliveries:,} deliveries, {size.subscribers:,} subscribers, {size.alerts:,} alerts",
        ("what", "p50 ms", "p95"),
    )
    for database in (SQLITE,) if stage.short else (POSTGRES, SQLITE):
        if not stage.wanted(database):
            continue
        try:
            _measure(stage, table, database, size)
        except BrokenError as error:
            table.add(database, f"skipped: {error}"[-300:])
    return table


def _scaled(deliveries: int) -> _Size:
    share = deliveries / _FULL.deliveries
    incidents, journal_rows, _, subscribers, alerts = (
        max(20, round(value * share)) for value in asdict(_FULL).values()
    )
    return _Size(incidents, journal_rows, deliveries, max(1_000, subscribers), alerts)


def _measure(stage: Stage, table: Table, database: str, size: _Size) -> None:
    with stage.site(database) as site:
        stage.progress.say(f"aged: filling {database}")
        began = time.monotonic()
        site.inside("populate", **asdict(size))
        table.notes.append(f"{database} was filled in {time.monotonic() - began:.0f} s")
        stage.progress.say(f"aged: asking {database}")
        for what, p50, p95 in site.inside("measure_lists", runs=1 if stage.short else _RUNS):
            table.add(f"{database} {what}", at_most(p50, TARGET_MS), figure(p95))
