"""What ten thousand people get who open the page within half a minute of news (R12)."""

import json
import os
import subprocess
import sys

from bench.databases import POSTGRES, ROOT, SQLITE
from bench.processes import BrokenError
from bench.report import Table, at_most, figure
from bench.stage import Stage
from statuspage.runtime.parent_death import PARENT_VARIABLE

_COMPONENTS = 50
_VIEWS, _SECONDS = 10_000, 30
_CHANGES = 10
_TARGET_MS = 100.0


def run(stage: Stage) -> Table:
    """Publish change after change while visitors come, each on a connection of its own."""
    table = Table(
        "surge: views while changes are published, one web process; milliseconds from connecting",
        ("views in seconds, store", "not 200", "p50", "p99", "max", "changes", "pages seen"),
    )
    for database in (SQLITE,) if stage.short else (SQLITE, POSTGRES):
        try:
            _measure(stage, table, database)
        except BrokenError as error:
            table.add(database, f"skipped: {error}"[:60])
    table.notes.append("pages seen: by their ETags; the visitors are one process on the same cores")
    return table


def _measure(stage: Stage, table: Table, database: str) -> None:
    views, seconds, changes = (100, 2, 2) if stage.short else (_VIEWS, _SECONDS, _CHANGES)
    with stage.site(database) as site:
        site.inside("fill_components", count=_COMPONENTS)
        with site.web() as web:
            stage.progress.say(f"surge: {views:,} views in {seconds} s, {database}")
            visitors = subprocess.Popen(
                [sys.executable, "-m", "bench.visitors", str(web.port), str(views), str(seconds)],
                cwd=ROOT,
                env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
                stdout=subprocess.PIPE,
                text=True,
            )
            committed = site.inside("change", times=changes, pause=seconds / (changes + 2))
            told, _ = visitors.communicate(timeout=seconds + 60)
    if visitors.returncode:
        raise BrokenError("the visitors did not finish; see above")
    seen = json.loads(told)
    wrong = views - seen["answers"].get("200", 0)
    table.add(
        f"{views:,} in {seen['seconds']:.0f}, {database}",
        at_most(wrong, 0),
        figure(seen["p50"]),
        at_most(seen["p99"], _TARGET_MS, " ms"),
        figure(seen["max"]),
        str(len(committed)),
        str(seen["pages"]),
    )
