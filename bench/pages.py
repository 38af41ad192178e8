"""What fifty pages beside the main one cost: memory, rate, and a change that two of them show.

Each has a hundred components and two languages. A change touches a component that two of them show;
the change of one that all of them show stands beside it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench import nginx, wrk
from bench.databases import SQLITE
from bench.processes import memory
from bench.report import Table, at_least, at_most, figure
from bench.stage import LOCAL, Site, Stage, Web, get
from statuspage.server.sockets import listen

_PAGES, _COMPONENTS = 50, 100
_RUNS, _ROUNDS, _SECONDS = 15, 3, 3
_PUBLISH_MS, _MEMORY_MB, _RATE = 150.0, 40.0, 0.8
_HTML = {"Accept": "text/html", "Accept-Encoding": "br"}
_GERMAN = {**_HTML, "Accept-Language": "de"}


def run(stage: Stage) -> Table:
    """Fill a store, measure it without other pages, then with them."""
    pages, count = (4, 5) if stage.short else (_PAGES, _COMPONENTS)
    table = Table(
        f"pages: {pages} pages × 2 languages × {count} components, SQLite, uvicorn",
        ("what", "found", "beside", "cpu", "gather", "render", "compress", "store", "copy"),
    )
    with stage.site(SQLITE) as site:
        stage.progress.say("pages: the main page alone")
        site.inside("fill_components", count=2 * count)
        with site.web() as web:
            _ask_all(web, ["/status"])
            alone = memory(web.pid).rss
        before = site.inside("measure_publishing", runs=_runs(stage))
        stage.progress.say(f"pages: {pages} pages")
        site.inside("fill_pages", pages=pages, of_first=2)
        for name, place in (("a change that 2 pages show", 0), ("… that all others show", count)):
            stage.progress.say(f"pages: {name}")
            runs = site.inside("measure_publishing", runs=_runs(stage), place=place)
            target = _PUBLISH_MS if place == 0 else None
            _add_runs(table, name, runs, before, target)
        stage.progress.say("pages: a change in the other language")
        german = site.inside("measure_translating", runs=_runs(stage), language="de")
        table.add("… in German, for the first readers of both", f"{figure(median(german))} ms")
        _serve(stage, site, table, alone=alone, paths=[f"/status/p/page-{n}" for n in range(pages)])
    table.notes.append(
        "beside: the same change with the main page alone; milliseconds until it is stored and"
        " served, medians; copy: files on disk, after that; cpu: processor time of both. German is"
        " made from the same state for the first who asks. Rates: requests a second, br, each page"
        " in turn, beside nginx with the same bytes. Memory: of one web process, every page asked"
        " for in both languages"
    )
    return table


def _runs(stage: Stage) -> int:
    return 2 if stage.short else _RUNS


def _add_runs(
    table: Table,
    name: str,
    runs: Sequence[dict[str, float]],
    before: Sequence[dict[str, float]],
    target: float | None,
) -> None:
    whole, alone = (median(each["whole"] for each in those) for those in (runs, before))
    table.add(
        name,
        at_most(whole, target, " ms") if target else f"{figure(whole)} ms",
        f"{figure(alone)} ms",
        *(
            figure(median(each[step] for each in runs))
            for step in ("cpu", "gather", "render", "compress", "store", "copy")
        ),
    )


def _ask_all(web: Web, paths: Sequence[str]) -> None:
    for path in paths:
        for headers in (_HTML, _GERMAN):
            get(web.port, path, headers)


def _serve(stage: Stage, site: Site, table: Table, *, alone: float, paths: Sequence[str]) -> None:
    with site.web() as web:
        _ask_all(web, ["/status", *paths])
        more = memory(web.pid).rss - alone
        table.add("memory", at_most(more, _MEMORY_MB, " MB"), f"{figure(alone)} MB")
        if not wrk.is_there() or not nginx.is_there():
            table.add("rate skipped: wrk and nginx are both needed")
            return
        with _beside(stage, web, paths) as port:
            loads: dict[int, list[wrk.Load]] = {web.port: [], port: []}
            for number in range(1 if stage.short else _ROUNDS):
                for each, found in loads.items():
                    stage.progress.say(f"pages: round {number + 1}")
                    # Afresh, lest old figures be told, which another body says.
                    site.inside("publish")
                    _ask_all(web, paths)
                    seconds = 1 if stage.short else _SECONDS
                    found.append(
                        wrk.drive(
                            each, paths[0], seconds=seconds, headers=_HTML, folder=stage.folder,
                            paths=paths,
                        )
                    )  # fmt: skip
            rates = [median(load.rate for load in found) for found in loads.values()]
            table.add("rate ÷ nginx", at_least(rates[0] / rates[1], _RATE))
            table.add("rate", f"{figure(rates[0])} /s", f"{figure(rates[1])} /s")


@contextmanager
def _beside(stage: Stage, web: Web, paths: Sequence[str]) -> Iterator[int]:
    """Run nginx with the bytes of the pages; yield its port."""
    folder = stage.place("pages")
    folder.mkdir()
    files: dict[str, tuple[Path, str]] = {}
    for number, path in enumerate(paths):
        file = folder / f"{number}.br"
        file.write_bytes(get(web.port, path, _HTML).body)
        files[path] = (file, "br")
    with listen(host=LOCAL, port=0, option="") as probe:
        port = int(probe.getsockname()[1])
    servers: Any = nginx.static_server(port, files)
    with nginx.serving(stage.place("nginx"), servers=servers, ready=None):
        yield port
