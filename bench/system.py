"""The system status API with filters: 100 services, each watched from five regions, one process."""

from dataclasses import dataclass

from bench import wrk
from bench.databases import SQLITE
from bench.processes import BrokenError, cpu_seconds
from bench.report import Table, at_least, figure
from bench.stage import Stage

_TARGET = 2_000.0
_ROOT = "/v2/monitoring/system-status"
_ASKED = {
    "two services": "services=service-1,service-2",
    "one region": "regions=region-2",
    "both, with metrics": "services=service-1&regions=region-1,region-2&includeMetrics=true",
    "no incidents": "includeIncidents=false&regions=region-3",
    "everything": "",
}


@dataclass(frozen=True, slots=True)
class _Size:
    services: int
    seconds: int


_FULL = _Size(services=100, seconds=8)
_SHORT = _Size(services=10, seconds=1)


def run(stage: Stage) -> Table:
    size = _SHORT if stage.short else _FULL
    table = Table(
        f"system-status: {size.services} services × 5 regions, one web process, {size.seconds} s",
        ("filters", "answers a second", "p50 ms", "p99 ms", "µs of processor an answer"),
    )
    if not wrk.is_there():
        table.add("skipped: wrk is needed (Debian: apt-get install wrk)")
        return table
    try:
        with stage.site(SQLITE, STATUSPAGE_API_REQUESTS_PER_MINUTE="100000000") as site:
            stage.progress.say("system-status: filling the store")
            key = site.inside("fill_regions", count=size.services)
            with site.web() as web:
                for name, query in _ASKED.items():
                    stage.progress.say(f"system-status: {name}")
                    before = cpu_seconds(web.pid)
                    load = wrk.drive(
                        web.port,
                        f"{_ROOT}?{query}",
                        seconds=size.seconds,
                        headers={"Authorization": f"Bearer {key}"},
                        folder=stage.folder,
                    )
                    spent = (cpu_seconds(web.pid) - before) / (load.rate * size.seconds)
                    table.add(
                        name,
                        at_least(load.rate, _TARGET),
                        figure(load.p50_ms),
                        figure(load.p99_ms),
                        figure(spent * 1e6),
                    )
    except BrokenError as error:
        table.add(f"skipped: {error}"[:80])
    table.notes.append("the token is looked up, the request counted and the answer put together")
    return table
