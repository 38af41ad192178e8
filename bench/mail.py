"""One incident, ten thousand mails, two senders: how soon, how fast, and at whose cost?"""

import time
from dataclasses import dataclass

from bench import nginx
from bench.databases import POSTGRES, SQLITE
from bench.probes import free_ports
from bench.processes import BrokenError, Memory, cpu_seconds, memory
from bench.report import Table, at_least, at_most, figure
from bench.sinks import Count, Sink, sink
from bench.stage import LOCAL, Site, Stage

_FIRST_SECONDS, _HUNDRED_SECONDS, _RATE, _LATE_MS = 2.0, 5.0, 400.0, 1_000.0
_SETTLE_SECONDS = 25.0
"""Two shifts of the prober: what is new is checked at once, all together."""
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Size:
    mails: int
    monitors: int
    settle: float
    patience: float


@dataclass(frozen=True, slots=True)
class _Seen:
    told: float
    came: Count
    sender_cpu: float
    sink_cpu: float
    early: Memory
    late: Memory
    quiet: dict[str, float]
    busy: dict[str, float]


def run(stage: Stage) -> Table:
    """Measure each database, with beat, a prober of 200 monitors and two senders at work."""
    count = stage.many or (50 if stage.short else 10_000)
    size = (
        _Size(count, 10, settle=3.0, patience=60.0)
        if stage.short
        else _Size(count, 200, settle=_SETTLE_SECONDS, patience=60.0 + count / 50)
    )
    table = Table(
        f"mail: {count:,} mails of one incident, two senders, a real mail server on loopback",
        ("store", "first after", "the first 100", "mails a second", "CPU s per 1,000, senders",
         "mail server", "PSS MB, at 20 %", "at the end", "probes late p99 ms, quiet", "meanwhile",
         "repeats"),
    )  # fmt: skip
    if not nginx.is_there():
        table.add("skipped: nginx is needed as the probes' target (apt-get install nginx-light)")
        return table
    for database in (SQLITE,) if stage.short else (SQLITE, POSTGRES):
        try:
            _add(table, database, _measure(stage, database, size), size)
        except BrokenError as error:
            table.add(database, f"skipped: {error}"[:60])
    table.notes += [
        "first after: from the incident's commit to the server's 250; both senders' CPU and memory",
        f"late: of {size.monitors} monitors every 10 s on one prober of the same machine",
    ]
    return table


def _measure(stage: Stage, database: str, size: _Size) -> _Seen:
    port = free_ports(1)[0]
    target = nginx.target_server([port])
    with (
        sink(stage, "mail") as server,
        nginx.serving(stage.place("target"), servers=target, ready=(port, "/")),
        stage.site(
            database,
            EMAIL_URL=f"smtp://{LOCAL}:{server.count().port}",
            SITE_URL="https://status.example.com",
        ) as site,
    ):
        stage.progress.say(f"mail: {database}, filling the store")
        site.inside("fill_monitors", count=size.monitors, urls=[f"http://{LOCAL}:{port}/"],
                    interval=10, timeout=5)  # fmt: skip
        site.inside("fill_readers", count=size.mails)
        with (
            site.role("beat", "beat"),
            site.role("probes", "work", "--queue", "probes"),
            site.role("notify", "work", "--queue", "notify") as senders,
        ):
            stage.progress.say(f"mail: {database}, warming up for {size.settle:g} s")
            time.sleep(size.settle)
            return _send(stage, site, senders.pid, server, size)


def _send(stage: Stage, site: Site, senders: int, server: Sink, size: _Size) -> _Seen:
    quiet_since = time.time()
    time.sleep(min(size.settle, 12.0))
    busy_since = time.time()
    used = cpu_seconds(senders), cpu_seconds(server.pid)
    told = site.inside("tell")
    early = memory(senders)
    while (came := server.count()).distinct < size.mails:
        if time.monotonic() - told > size.patience:
            raise BrokenError(f"{came.distinct} of {size.mails} came: {site.inside('states')}")
        stage.progress.say(f"mail: {came.count:,} came")
        if came.distinct < size.mails / 5:
            early = memory(senders)
        time.sleep(_LOOK_SECONDS)
    ended = time.time()
    late = memory(senders)
    spent = cpu_seconds(senders) - used[0], cpu_seconds(server.pid) - used[1]
    time.sleep(3.0)  # results are stored in batches
    states = site.inside("states")
    if states != {"sent": size.mails}:
        raise BrokenError(f"all came, but the ledger says {states}")
    quiet = site.inside("lateness", since=quiet_since, until=busy_since)
    busy = site.inside("lateness", since=busy_since, until=max(ended, busy_since + 10))
    return _Seen(told, came, *spent, early, late, quiet, busy)


def _add(table: Table, database: str, seen: _Seen, size: _Size) -> None:
    came, per_thousand = seen.came, 1_000 / size.mails
    rate = (came.count - 1) / max(0.001, came.last - came.first)
    hundredth = came.hundredth or came.last
    table.add(
        database,
        at_most(came.first - seen.told, _FIRST_SECONDS, " s"),
        at_most(hundredth - seen.told, _HUNDRED_SECONDS, " s"),
        at_least(rate, _RATE),
        figure(seen.sender_cpu * per_thousand),
        figure(seen.sink_cpu * per_thousand),
        figure(seen.early.pss),
        figure(seen.late.pss),
        figure(seen.quiet["p99"]),
        at_most(seen.busy["p99"], _LATE_MS, " ms"),
        str(came.count - came.distinct),
    )
