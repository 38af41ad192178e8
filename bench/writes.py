"""An incident on three components, opened through the API, with 1,000 people to be told."""

import http.client
import json
import time
from dataclasses import dataclass
from statistics import quantiles

from bench.databases import POSTGRES, SQLITE
from bench.processes import BrokenError, cpu_seconds
from bench.report import Table, at_most, figure
from bench.stage import LOCAL, Site, Stage

_TARGET_MS = 60.0
_INCIDENT = {
    "title": "Payments fail",
    "severity": "major",
    "message": "Some payments are refused. We are looking into it.",
}


@dataclass(frozen=True, slots=True)
class _Size:
    components: int
    subscribers: int
    writes: int


_FULL = _Size(components=100, subscribers=1_000, writes=60)
_SHORT = _Size(components=10, subscribers=10, writes=4)


def run(stage: Stage) -> Table:
    """From the request to its answer, by which time the page is right; with beat at work."""
    size = _SHORT if stage.short else _FULL
    table = Table(
        f"writes: {size.writes} incidents opened, {size.components} components,"
        f" {size.subscribers:,} subscribers",
        ("store", "p50 ms", "p99 ms", "web CPU ms a write", "ms to queue one message for all"),
    )
    for database in (SQLITE, POSTGRES):
        try:
            with stage.site(database) as site:
                _measure(stage, table, database, site, size)
        except BrokenError as error:
            table.add(database, f"skipped: {error}"[:60])
    table.notes.append(
        "queueing is the senders' work, after the answer; here it is done at the end"
    )
    return table


def _measure(stage: Stage, table: Table, database: str, site: Site, size: _Size) -> None:
    stage.progress.say(f"writes: {database}, filling the store")
    ids, key = site.inside("fill_for_writes", components=size.components)
    site.inside("fill_readers", count=size.subscribers)
    with site.role("beat", "beat"), site.web() as web:
        stage.progress.say(f"writes: {database}")
        client = _Client(web.port, key)
        # What is done once is done here.
        client.delete(client.write({**_INCIDENT, "components": ids[:3]}))
        spent, took = 0.0, []
        for number in range(size.writes):
            chosen = [ids[(number + each) % len(ids)] for each in range(3)]
            before, began = cpu_seconds(web.pid), time.perf_counter()
            opened = client.write({**_INCIDENT, "components": chosen})
            took.append((time.perf_counter() - began) * 1000)
            spent += cpu_seconds(web.pid) - before
            client.delete(opened)  # no page has sixty of them
    queued = site.inside("queue")
    if queued["copies"] < size.subscribers:
        raise BrokenError(f"{queued['copies']} copies were queued")
    cuts = quantiles(took, n=100)
    table.add(
        database,
        at_most(cuts[49], _TARGET_MS),
        figure(cuts[98]),
        figure(spent / size.writes * 1000),
        figure(queued["seconds"] / queued["copies"] * size.subscribers * 1000),
    )


class _Client:
    """One connection that is kept, as programs keep theirs."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection(LOCAL, port, timeout=30)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def write(self, body: dict[str, object]) -> int:
        """Open an incident; the answer is its id."""
        told = self._ask("POST", "", http.client.CREATED, json.dumps(body))
        return int(json.loads(told)["id"])

    def delete(self, pk: int) -> None:
        self._ask("DELETE", f"/{pk}", http.client.NO_CONTENT)

    def _ask(self, method: str, path: str, expected: int, body: str | None = None) -> bytes:
        self._connection.request(method, f"/api/v1/status/incidents{path}", body, self._headers)
        response = self._connection.getresponse()
        told = response.read()
        if response.status != expected:
            raise BrokenError(told.decode())
        return told
