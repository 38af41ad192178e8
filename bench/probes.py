"""A thousand monitors on one probes worker: are checks made on time, and what does one cost?"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from bench import certificates, mute, nginx
from bench.databases import POSTGRES, ROOT, SQLITE
from bench.processes import BrokenError, Memory, cpu_seconds, memory
from bench.report import Table, at_most, figure
from bench.stage import LOCAL, Site, Stage
from statuspage.server.sockets import listen

_TIMEOUT = 5.0
_MUTE_SHARE = 0.3
_LATE_MS = 1_000.0
_PORTS = 10
_THREADS = 50


@dataclass(frozen=True, slots=True)
class Load:
    """How many monitors, how often, and for how many seconds it is looked."""

    monitors: int
    interval: int
    warm_up: float
    window: float
    timeout: float = _TIMEOUT


# Two shifts to warm up, so that each of the two processes that take turns knows its monitors and
# has confirmed what is down; then three shifts, with a handover in each.
_FULL = Load(monitors=1_000, interval=10, warm_up=34.0, window=50.0)
_SHORT = Load(monitors=10, interval=1, warm_up=2.5, window=2.0, timeout=0.5)


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    cpu_target: float
    """Processor seconds per 1,000 probes, everything included."""
    https: bool = False
    mute: bool = False


_SCENARIOS = (
    Scenario("HTTP", 0.35),
    Scenario("HTTPS", 1.2, https=True),
    Scenario("HTTP, 30 % mute", 0.35, mute=True),
)


@dataclass(frozen=True, slots=True)
class Targets:
    plain: list[str]
    secured: list[str]
    silent: str
    authorities: str


def run(stage: Stage) -> Table:
    """Measure each scenario on each database, then threads with `requests` on the same targets."""
    load = _SHORT if stage.short else _FULL
    table = Table(
        f"probes: {load.monitors:,} monitors every {load.interval} s, one probes worker;"
        " CPU seconds per 1,000 probes",
        (
            *("targets, store", "late p50 ms", "p99", "max", "CPU, worker", "CPU, beat"),
            *("probes", "skipped", "RSS MB", "PSS MB", "MB/100,000"),
        ),
    )
    if not nginx.is_there():
        table.add("skipped: nginx is needed as the target (Debian: apt-get install nginx-light)")
        return table
    with serve_targets(stage) as targets:
        for database in (SQLITE,) if stage.short else (SQLITE, POSTGRES):
            for scenario in _scenarios(stage):
                try:
                    _measure(stage, table, database, scenario, targets, load)
                except BrokenError as error:
                    table.add(f"{scenario.name}, {database}", f"skipped: {error}"[:60])
        for scenario in _scenarios(stage):
            stage.progress.say(f"probes: threads with requests, {scenario.name}")
            _alternative(table, scenario, targets, load)
    table.notes += [
        "CPU: user and system of the worker's whole process group: claim, probe, store, project",
        "beat staffs the shifts and renews the page of all components every 20 s",
        f"threads: {_THREADS} of them, requests.get, nothing stored; their CPU is that alone",
    ]
    return table


def _scenarios(stage: Stage) -> tuple[Scenario, ...]:
    return _SCENARIOS[1:2] if stage.short else _SCENARIOS


@contextmanager
def serve_targets(stage: Stage) -> Iterator[Targets]:
    """A local nginx on several ports, plain and with TLS, and one server that stays mute."""
    certificate = certificates.make(stage.place("certificates"), address=LOCAL)
    with ExitStack() as stack:
        plain, secured = (free_ports(_PORTS) for _ in range(2))
        pair = (certificate.certificate, certificate.key)
        servers = f"{nginx.target_server(plain)}\n{nginx.target_server(secured, certificate=pair)}"
        folder = stage.place("targets")
        stack.enter_context(nginx.serving(folder, servers=servers, ready=(plain[0], "/")))
        silent = stack.enter_context(mute.listening())
        yield Targets(
            [f"http://{LOCAL}:{port}" for port in plain],
            [f"https://{LOCAL}:{port}" for port in secured],
            f"http://{LOCAL}:{silent}",
            str(certificate.authorities),
        )


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(listen(host=LOCAL, port=0, option="")) for _ in range(count)]
        return [int(each.getsockname()[1]) for each in sockets]


def urls_of(scenario: Scenario, targets: Targets, count: int) -> list[str]:
    bases = targets.secured if scenario.https else targets.plain
    silent = round(count * _MUTE_SHARE) if scenario.mute else 0
    # Every so many, not all in a row: they are spread over time by their number.
    return [
        f"{targets.silent if number * silent % count < silent else bases[number % _PORTS]}"
        f"/target/{number}"
        for number in range(count)
    ]


def _measure(
    stage: Stage,
    table: Table,
    database: str,
    scenario: Scenario,
    targets: Targets,
    load: Load,
) -> None:
    name = f"{scenario.name}, {database}"
    stage.progress.say(f"probes: {name}, filling the store")
    with stage.site(database, SSL_CERT_FILE=targets.authorities) as site:
        site.inside(
            "fill_monitors",
            count=load.monitors,
            urls=urls_of(scenario, targets, load.monitors),
            interval=load.interval,
            timeout=load.timeout,
        )
        seen = watch(stage, site, name, load)
    made = seen.results["made"]
    per_thousand = 1_000 / max(1, made)
    table.add(
        name,
        figure(seen.results["p50"]),
        at_most(seen.results["p99"], _LATE_MS, " ms"),
        figure(seen.results["max"]),
        at_most(seen.worker_cpu * per_thousand, scenario.cpu_target, " s"),
        figure(seen.beat_cpu * per_thousand),
        f"{made:,} of {load.monitors * load.window / load.interval:,.0f}",
        str(seen.skipped),
        figure(seen.memory.rss),
        figure(seen.memory.pss),
        figure(seen.stored_bytes * per_thousand / 10_000),
    )
    words = ", ".join(f"{number} {word}" for word, number in seen.results["words"].items())
    table.notes.append(f"{name}: {words}")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one window of time showed. CPU in seconds."""

    worker_cpu: float
    beat_cpu: float
    memory: Memory
    skipped: int
    stored_bytes: int
    results: dict[str, Any]


def watch(stage: Stage, site: Site, name: str, load: Load) -> Seen:
    with (
        site.role("beat", "beat") as beat,
        site.role("probes", "work", "--queue", "probes") as worker,
    ):
        stage.progress.say(f"probes: {name}, warming up for {load.warm_up:g} s")
        time.sleep(load.warm_up)
        before = site.inside("tally")
        stage.progress.say(f"probes: {name}, looking for {load.window:g} s")
        since, cpu = time.time(), (cpu_seconds(worker.pid), cpu_seconds(beat.pid))
        time.sleep(load.window)
        until = time.time()
        worker_cpu, beat_cpu = cpu_seconds(worker.pid) - cpu[0], cpu_seconds(beat.pid) - cpu[1]
        held = memory(worker.pid)
        # What started within the window may still be under way, or not yet be stored.
        time.sleep(load.timeout + 1.0)
    after = site.inside("tally")
    return Seen(
        worker_cpu,
        beat_cpu,
        held,
        after["skipped"] - before["skipped"],
        after["bytes"] - before["bytes"],
        site.inside("lateness", since=since, until=until),
    )


def _alternative(table: Table, scenario: Scenario, targets: Targets, load: Load) -> None:
    # `requests` reads all authorities for each connection, so a part of the targets must do.
    count = load.monitors // 5 if scenario.https else load.monitors
    arguments = {
        "urls": urls_of(scenario, targets, count),
        "timeout": load.timeout,
        "threads": _THREADS,
        "authorities": targets.authorities if scenario.https else "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.plain_probes", json.dumps(arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BrokenError(done.stderr[-2000:])
    answer = json.loads(done.stdout)
    cost = figure(answer["cpu"] * 1_000 / count)
    table.add(f"{scenario.name}, threads", "", "", "", f"{cost} s", "", f"{count:,}")
    table.notes.append(
        f"{scenario.name}, threads: one round of {count:,} took {figure(answer['took'])} s,"
        f" {answer['good']:,} good"
    )
