"""How many pages a second the edge serves, beside nginx serving the same bytes from a file.

All servers stand side by side; wrk asks them one after the other, several rounds, so that whatever
else the machine does meanwhile hits all of them alike.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench import nginx, wrk
from bench.databases import SQLITE
from bench.processes import BrokenError, running
from bench.report import Table, at_least, figure
from bench.stage import LOCAL, Answer, Site, Stage, get, wait_for
from statuspage.server.serve import SERVERS
from statuspage.server.sockets import listen

_COMPONENTS = 30
"""Make a page of about 60 kB."""
_ROUNDS, _SECONDS = 5, 3
_TARGET = 0.8
_INSTALL_SECONDS = 10.0
_HTML = {"Accept": "text/html"}


@dataclass(frozen=True, slots=True)
class _Variant:
    """One way to ask for the page; nginx has it under `file`."""

    name: str
    file: str
    headers: dict[str, str]
    random_query: bool = False
    unchanged: bool = False


_VARIANTS = (
    _Variant("identity", "/status", _HTML),
    _Variant("identity, random query", "/status", _HTML, random_query=True),
    _Variant("br", "/status.br", {**_HTML, "Accept-Encoding": "br"}),
    _Variant("304", "/status", _HTML, unchanged=True),
)


@dataclass(slots=True)
class _Figures:
    """What the rounds found of one variant, by server."""

    loads: dict[str, list[wrk.Load]] = field(default_factory=dict)

    def rate(self, server: str) -> float:
        return median(load.rate for load in self.loads[server])

    def p99(self, server: str) -> float:
        return median(load.p99_ms for load in self.loads[server])

    def ratio(self, server: str) -> float:
        """To nginx, round by round."""
        pairs = zip(self.loads[server], self.loads["nginx"], strict=True)
        return median(load.rate / other.rate for load, other in pairs)


def run(stage: Stage) -> Table:
    """Measure every variant on uvicorn, daphne and nginx, and a plain Django view once."""
    table = Table(
        "page: requests a second on 32 connections, median of the rounds",
        (
            *("what", "nginx /s", "p99 ms"),
            *(told for server in SERVERS for told in (f"{server} /s", "p99 ms", "÷ nginx")),
        ),
    )
    if not wrk.is_there() or not nginx.is_there():
        table.add(
            "skipped: wrk and nginx are both needed (Debian: apt-get install wrk nginx-light)"
        )
        return table
    with stage.site(SQLITE) as site:
        sizes = site.inside("fill_components", count=3 if stage.short else _COMPONENTS)
        _compare(stage, site, table)
        _plain_view(stage, site, table)
    table.notes.append(
        f"page: {sizes['identity']:,} bytes, br {sizes['br']:,}; wrk and the servers share the"
        " cores; nginx: one worker, sendfile, no log"
    )
    return table


def _compare(stage: Stage, site: Site, table: Table) -> None:
    variants = _VARIANTS[1:3] if stage.short else _VARIANTS
    found = {variant.name: _Figures() for variant in variants}
    with ExitStack() as stack:
        ports = {server: stack.enter_context(site.web(server)).port for server in SERVERS}
        files = stage.place("files")
        files.mkdir()
        ports["nginx"] = stack.enter_context(_nginx(stage, files))
        for number in range(1 if stage.short else _ROUNDS):
            for variant in variants:
                stage.progress.say(f"page: round {number + 1}, {variant.name}")
                _publish_everywhere(site, ports, files)
                for server, port in ports.items():
                    load = _ask(stage, server, port, variant)
                    found[variant.name].loads.setdefault(server, []).append(load)
    for name, figures in found.items():
        cells = [figure(figures.rate("nginx")), figure(figures.p99("nginx"))]
        for server in SERVERS:
            cells += [figure(figures.rate(server)), figure(figures.p99(server))]
            cells.append(at_least(figures.ratio(server), _TARGET))
        table.add(name, *cells)


@contextmanager
def _nginx(stage: Stage, files: Path) -> Iterator[int]:
    with listen(host=LOCAL, port=0, option="") as probe:
        port = int(probe.getsockname()[1])
    served = {
        "/status": (files / "page.html", ""),
        "/status.br": (files / "page.br", "br"),
    }
    servers = nginx.static_server(port, served)
    with nginx.serving(stage.place("nginx"), servers=servers, ready=None):
        yield port


def _publish_everywhere(site: Site, ports: dict[str, int], files: Path) -> None:
    """Publish afresh, lest the servers add the notice of old figures, and give nginx the bytes."""
    etag = site.inside("publish")["etag"]
    until = time.monotonic() + _INSTALL_SECONDS
    while any(get(ports[server], "/status", _HTML).headers["etag"] != etag for server in SERVERS):
        if time.monotonic() > until:
            raise BrokenError("the servers do not take over the published page")
        time.sleep(0.1)
    page = get(ports["uvicorn"], "/status", _HTML)
    compressed = get(ports["uvicorn"], "/status", {**_HTML, "Accept-Encoding": "br"})
    (files / "page.html").write_bytes(page.body)
    (files / "page.br").write_bytes(compressed.body)


def _ask(stage: Stage, server: str, port: int, variant: _Variant) -> wrk.Load:
    path = variant.file if server == "nginx" else "/status"
    headers = dict(variant.headers)
    if variant.unchanged:
        headers["If-None-Match"] = get(port, path, headers).headers["etag"]
    _check(get(port, path, headers), variant)
    return wrk.drive(
        port,
        path,
        seconds=1 if stage.short else _SECONDS,
        headers=headers,
        folder=stage.folder,
        random_query=variant.random_query,
    )


def _check(answer: Answer, variant: _Variant) -> None:
    """Raise BrokenError unless the server answers what is to be measured."""
    coded = answer.headers.get("content-encoding", "")
    right = answer.status == (304 if variant.unchanged else 200)
    if not right or coded != variant.headers.get("Accept-Encoding", ""):
        raise BrokenError(f"{variant.name}: status {answer.status}, encoding {coded!r}")


def _plain_view(stage: Stage, site: Site, table: Table) -> None:
    stage.progress.say("page: a plain Django view")
    with listen(host=LOCAL, port=0, option="") as listener:
        port, fd = int(listener.getsockname()[1]), listener.fileno()
        command = [sys.executable, "-m", "bench.plain_server", str(fd)]
        log = stage.place("plain")
        with running(command, environ=site.environ, log=log, fds=(fd,)) as process:
            wait_for(process, port, "/status")
            load = wrk.drive(
                port,
                "/status",
                seconds=1 if stage.short else _SECONDS,
                headers=_HTML,
                folder=stage.folder,
            )
    table.add("a plain Django view", "", "", figure(load.rate), figure(load.p99_ms))
