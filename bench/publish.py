"""How long it takes from a change to the page that shows it, stored and ready to be served."""

from statistics import median

from bench.databases import POSTGRES, SQLITE
from bench.processes import BrokenError
from bench.report import Table, at_most, figure
from bench.stage import Stage

_STEPS = ("cpu", "derive", "gather", "render", "compress", "store", "copy")
_TARGETS = {50: 50.0, 1_000: 300.0}
"""Milliseconds, by the number of components."""
_RUNS = 15


def run(stage: Stage) -> Table:
    """Change one component's status and time every step until its page is stored."""
    table = Table(
        "publish: one change → stored page, milliseconds, median of the runs",
        ("components, store", "whole", "max", *_STEPS, "page kB", "gzip", "br"),
    )
    targets = {5: 50.0} if stage.short else _TARGETS
    for database in (SQLITE,) if stage.short else (SQLITE, POSTGRES):
        for count, target in targets.items():
            stage.progress.say(f"publish: {count} components on {database}")
            try:
                _measure(stage, table, database, count, target)
            except BrokenError as error:
                table.add(f"{count}, {database}", f"skipped: {error}"[:60])
    table.notes.append(
        "whole: until the page is stored and served; derive: the change and the component's new"
        " status; store: pack and database; copy: files on disk, after that, in web processes after"
        " the response; cpu: processor time of all of it"
    )
    return table


def _measure(stage: Stage, table: Table, database: str, count: int, target: float) -> None:
    with stage.site(database) as site:
        sizes = site.inside("fill_components", count=count)
        runs = site.inside("measure_publishing", runs=2 if stage.short else _RUNS)
    whole = [each["whole"] for each in runs]
    table.add(
        f"{count}, {database}",
        at_most(median(whole), target, " ms"),
        figure(max(whole)),
        *(figure(median(each[step] for each in runs)) for step in _STEPS),
        *(figure(sizes[name] / 1000) for name in ("identity", "gzip", "br")),
    )
