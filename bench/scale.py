"""Hundreds to thousands of monitors: are they on time, what do they cost, what do they leave?

Beside the product: a Go prober that stores nothing, on the same targets, in the same run.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import blackbox, nginx
from bench.databases import POSTGRES, SQLITE
from bench.probes import Load, Scenario, Targets, free_ports, serve_targets, urls_of, watch
from bench.processes import BrokenError
from bench.report import Table, at_most, figure
from bench.stage import Stage

_LATE_MS = 1_000.0
_CAPACITY_LATE_MS = 250.0
"""Of the size that `--monitors` names: what a machine carries is what it does on time."""
_MB_PER_100_000 = 6.0
_GB = 2.0
"""90 days of 500 monitors at 10 s, HARDENING R15."""


@dataclass(frozen=True, slots=True)
class _Size:
    monitors: int
    interval: int
    scenario: Scenario
    late_ms: float = _LATE_MS
    """At most so late p99."""


_HTTP = Scenario("HTTP", 0.35)
_HTTPS = Scenario("HTTPS", 1.2, https=True)
_MUTE = Scenario("30 % mute", 0.35, mute=True)
_FULL = (
    _Size(500, 10, _HTTP),
    _Size(1_000, 10, _HTTPS),
    _Size(2_000, 10, _HTTP),
    _Size(2_000, 10, _MUTE),
    _Size(5_000, 30, _HTTP),
)
_SHORT = (_Size(10, 1, _HTTP),)
COLUMNS = (
    "what, store", "late p50 ms", "late p99", "late max ms", "CPU, worker", "÷ blackbox",
    "CPU, beat", "probes", "skipped", "RSS (PSS) MB", "MB/100,000, single", "rolled up",
    "GB in 90 days",
)  # fmt: skip
"""Some of them are those of the table in docs/run/capacity.md."""


def run(stage: Stage) -> Table:
    """Each size on each database, what results take, and the Go prober."""
    table = Table("scale: monitors, everything included; CPU seconds per 1,000 probes", COLUMNS)
    if not nginx.is_there():
        table.add("skipped: nginx is needed as the target (Debian: apt-get install nginx-light)")
        return table
    databases = (SQLITE,) if stage.short else (SQLITE, POSTGRES)
    for database in databases:
        with _told(stage, table, f"evidence, {database}") as wanted:
            if wanted:
                _room(stage, table, database)
    with serve_targets(stage) as targets:
        theirs: dict[str, float] = {}
        for scenario in (_HTTP, _HTTPS):
            with _told(stage, table, f"blackbox, {scenario.name}") as wanted:
                if wanted:
                    theirs[scenario.name] = _alternative(stage, table, scenario, targets)
        for database in databases:
            for size in _sizes(stage):
                name = f"{size.monitors:,} at {size.interval} s, {size.scenario.name}, {database}"
                with _told(stage, table, name) as wanted:
                    if wanted:
                        their = theirs.get(size.scenario.name)
                        _probing(stage, table, name, database, size, targets, their)
    table.notes += [
        "evidence: made-up results of 100 monitors at 10 s, stored in batches, then folded",
        "GB in 90 days: 500 monitors at 10 s, with minutes of 14 days and single results of 48 h",
        "RSS counts what forked processes share once for each of them, PSS once",
        "blackbox: CPU of the exporter alone, which stores nothing; who asks it is not counted",
    ]
    return table


def _sizes(stage: Stage) -> tuple[_Size, ...]:
    if stage.monitors:
        return (_Size(stage.monitors, 10, _HTTP, _CAPACITY_LATE_MS),)
    return _SHORT if stage.short else _FULL


@contextmanager
def _told(stage: Stage, table: Table, name: str) -> Iterator[bool]:
    """Whether a row is wanted. What cannot be measured here is said in it; the rest goes on.

    It takes twenty minutes, so each row is told at once: should it be broken off, they are there.
    """
    before = len(table.rows)
    try:
        yield stage.wanted(name)
    except BrokenError as error:
        table.add(name, f"skipped: {error}"[:60])
    for row in table.rows[before:]:
        stage.progress.say(f"scale: {', '.join(cell for cell in row if cell)}")


def _room(stage: Stage, table: Table, database: str) -> None:
    """What a result takes as it is stored, and when only its rollups are left."""
    stage.progress.say(f"scale: evidence, {database}")
    with stage.site(database) as site:
        seen = site.inside("evidence_room", checks=10 if stage.short else 100, hours=2)
    hours, days = 500 * 24 * 90 * seen["hour"], 500 * 90 * seen["day"]
    minutes = 500 * 1_440 * 14 * seen["minute"]
    single = 500 * 8_640 * 2 * seen["single"]
    rolled = (seen["minute"] / 6 + seen["hour"] / 360 + seen["day"] / 8_640) / 10
    table.add(
        f"evidence, {database}", "", "", "",
        f"{figure(seen['store_cpu'])} s", "", f"{figure(seen['fold_cpu'])} s", f"{seen['made']:,}",
        "", "", figure(seen["single"] / 10), at_most(rolled, _MB_PER_100_000),
        at_most((minutes + hours + days + single) / 1e9, _GB),
    )  # fmt: skip


def _probing(
    stage: Stage,
    table: Table,
    name: str,
    database: str,
    size: _Size,
    targets: Targets,
    their: float | None,
) -> None:
    """`their` is what a probe of the same kind costs the Go prober, where there is one."""
    # First verdicts are changes, which are journalled and published: they take longer than the
    # checks themselves, and what fell due meanwhile is made up for.
    warm_up = max(34.0, size.monitors / 150)
    load = (
        Load(size.monitors, size.interval, warm_up=2.5, window=2.0, timeout=0.5)
        if stage.short
        else Load(size.monitors, size.interval, warm_up, window=2.0 * max(15, size.interval))
    )
    stage.progress.say(f"scale: {name}, filling the store")
    with stage.site(database, SSL_CERT_FILE=targets.authorities) as site:
        site.inside(
            "fill_monitors",
            count=size.monitors,
            urls=urls_of(size.scenario, targets, size.monitors),
            interval=size.interval,
            timeout=load.timeout,
        )
        seen = watch(stage, site, name, load)
    made = seen.results["made"]
    per_thousand = 1_000 / max(1, made)
    cost = seen.worker_cpu * per_thousand
    table.add(
        name,
        figure(seen.results["p50"]),
        at_most(seen.results["p99"], size.late_ms, " ms"),
        figure(seen.results["max"]),
        at_most(cost, size.scenario.cpu_target, " s"),
        at_most(cost / their, 1.0) if their else "",
        f"{figure(seen.beat_cpu * per_thousand)} s",
        f"{made:,} of {load.monitors * load.window / load.interval:,.0f}",
        str(seen.skipped),
        f"{figure(seen.memory.rss)} ({figure(seen.memory.pss)})",
    )


def _alternative(stage: Stage, table: Table, scenario: Scenario, targets: Targets) -> float:
    """What 1,000 probes cost the Go prober, in CPU seconds."""
    if not blackbox.is_there():
        raise BrokenError(f"{blackbox.PROGRAM} is not installed (Debian has it)")
    count, interval, seconds = (10, 1, 2.0) if stage.short else (1_000, 10, 30.0)
    stage.progress.say(f"scale: blackbox, {scenario.name}")
    used, made, good, held = blackbox.measure(
        stage.place("blackbox"),
        port=free_ports(1)[0],
        urls=urls_of(scenario, targets, count),
        authorities=targets.authorities,
        interval=interval,
        timeout=5.0,
        seconds=seconds,
        askers=16,
    )
    cost = used * 1_000 / made
    table.add(
        f"blackbox, {scenario.name}", "", "", "",
        f"{figure(cost)} s", "", "", f"{made:,}, {good:,} good", "", figure(held),
    )  # fmt: skip
    return cost
