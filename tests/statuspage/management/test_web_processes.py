"""`manage.py web --processes N`: several processes on the same ports, as one to whoever asks."""

import re
import signal
from collections.abc import Iterator

import psutil
import pytest
import requests

from statuspage.drills.environment import DrillEnvironment
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.long

COUNT = 2
_REQUESTS = re.compile(
    r'^statuspage_requests_total\{[^}]*listener="public"[^}]*\} ([\d.e+]+)$', re.MULTILINE
)


@pytest.fixture(scope="module")
def environment() -> Iterator[DrillEnvironment]:
    with DrillEnvironment() as started:
        started.prepare({"groups": []})
        yield started


def served(management: int) -> float:
    text = requests.get(f"http://127.0.0.1:{management}/metrics", timeout=PATIENCE).text
    return sum(float(each) for each in _REQUESTS.findall(text))


def listening(process: psutil.Process) -> tuple[int, ...]:
    """The public port and the management port, which it opens first, one after the other."""
    opened = [each for each in process.net_connections() if each.status == psutil.CONN_LISTEN]
    return tuple(each.laddr.port for each in sorted(opened, key=lambda each: each.fd))[:2]


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
def test_several_processes_serve_count_and_report_as_one(
    environment: DrillEnvironment, server: str
) -> None:
    process = environment.start(
        "web", "--processes", str(COUNT), "--server", server,
        "--port", "0", "--management-port", "0",
    )  # fmt: skip
    parent = psutil.Process(process.pid)
    port, management = until(lambda: listening(parent)[1:] and listening(parent), what="it listens")

    def serving() -> list[psutil.Process]:
        return [each for each in parent.children() if each.cmdline()[:1] == ["status web"]]

    def readers() -> set[str]:
        rows = environment.query("SELECT name FROM monitors_reader WHERE name LIKE '%/web%'")
        return {name.partition("/")[2] for (name,) in rows}

    until(lambda: len(serving()) == COUNT and served(management) == 0.0, what="all serve")
    until(lambda: readers() >= {"web-1", "web-2"}, what="each is a reader of its own")

    asked = 20
    for _ in range(asked):
        requests.get(f"http://127.0.0.1:{port}/status", timeout=PATIENCE)
    until(lambda: served(management) == asked, what="whoever is asked tells of all requests")

    first, other = serving()
    first.send_signal(signal.SIGKILL)
    assert requests.get(f"http://127.0.0.1:{port}/status", timeout=PATIENCE).status_code in (
        200,
        503,
    )
    until(
        lambda: len(serving()) == COUNT and first not in serving() and other in serving(),
        what="the one that died is started anew, the other is left alone",
    )
    until(lambda: served(management) >= asked, what="and no count falls")

    family = [parent, *parent.children(recursive=True)]
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    until(lambda: not any(each.is_running() for each in family), what="nobody is left")
