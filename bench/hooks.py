"""One incident, a thousand webhooks, fifty of which hang: how long do the others wait?"""

import time
from dataclasses import dataclass

from bench import mute
from bench.databases import POSTGRES, SQLITE
from bench.processes import BrokenError, cpu_seconds, memory
from bench.report import Table, at_most, figure
from bench.sinks import sink
from bench.stage import Stage

_SECONDS = 10.0
_HANGING = 20
"""One in so many."""
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class _Size:
    hooks: int
    settle: float

    @property
    def hanging(self) -> int:
        return self.hooks // _HANGING


def run(stage: Stage) -> Table:
    """Measure each database, with beat and two senders at work."""
    size = _Size(stage.many or (40 if stage.short else 1_000), 3.0 if stage.short else 12.0)
    table = Table(
        f"hooks: {size.hooks:,} webhooks of one incident, each at an address of its own,"
        f" {size.hanging} of them hang; two senders",
        ("store", "first after", "all others", "CPU s per 1,000, senders", "PSS MB", "repeats"),
    )
    for database in (SQLITE,) if stage.short else (SQLITE, POSTGRES):
        try:
            _measure(stage, table, database, size)
        except BrokenError as error:
            table.add(database, f"skipped: {error}"[:60])
    table.notes.append("from the incident's commit until the last endpoint that answers had it")
    return table


def _measure(stage: Stage, table: Table, database: str, size: _Size) -> None:
    with (
        sink(stage, "hooks") as endpoints,
        mute.listening("0.0.0.0") as silent,
        stage.site(
            database,
            STATUSPAGE_HOOK_NETWORKS="127.0.0.0/8",
            SITE_URL="https://status.example.com",
        ) as site,
    ):
        stage.progress.say(f"hooks: {database}, filling the store")
        site.inside("fill_components", count=10)
        addresses = _addresses(size, endpoints.count().port, silent)
        site.inside("fill_hooks", addresses=addresses)
        with (
            site.role("beat", "beat"),
            site.role("notify", "work", "--queue", "notify") as senders,
        ):
            time.sleep(size.settle)
            used = cpu_seconds(senders.pid)
            told = site.inside("tell")
            wanted = size.hooks - size.hanging
            while (came := endpoints.count()).distinct < wanted:
                if time.monotonic() - told > _PATIENCE:
                    raise BrokenError(f"{came.distinct} of {wanted}: {site.inside('states')}")
                stage.progress.say(f"hooks: {database}, {came.count:,} came")
                time.sleep(0.3)
            held, used = memory(senders.pid), cpu_seconds(senders.pid) - used
    table.add(
        database,
        f"{figure(came.first - told)} s",
        at_most(came.last - told, _SECONDS, " s"),
        figure(used * 1_000 / size.hooks),
        figure(held.pss),
        str(came.count - came.distinct),
    )


def _addresses(size: _Size, answering: int, silent: int) -> list[str]:
    """Every so many hangs, not all in a row."""
    return [
        f"http://127.1.{number // 250}.{number % 250 + 1}:"
        f"{silent if number % _HANGING == 0 else answering}/hook"
        for number in range(size.hooks)
    ]
