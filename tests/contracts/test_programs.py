"""Programs as people write them, run as processes of their own against a web process of ours."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO

import pytest
import requests

from tests.contracts.api_site import ApiSite
from tests.counterparts import program
from tests.waiting import PATIENCE

HERE = Path(__file__).parents[1] / "programs"
PROGRAMS = {
    "curl": ("bash", "poll.sh"),
    "requests": (sys.executable, "poll.py"),
    "fetch": ("node", "poll.mjs"),
}


@dataclass
class Program:
    name: str
    lines: "Queue[str]"
    heard: list[str]

    def until(self, line: str) -> None:
        """Read what it writes, up to this line."""
        while line not in self.heard:
            try:
                self.heard.append(self.lines.get(timeout=PATIENCE))
            except Empty:
                raise AssertionError(f"{self.name} did not write {line!r}: {self.heard}") from None


@contextmanager
def running(name: str, *arguments: str) -> Iterator[Program]:
    interpreter, script = PROGRAMS[name]
    process = subprocess.Popen(
        [interpreter, str(HERE / script), *arguments], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    program = Program(name, Queue(), [])
    assert process.stdout is not None
    reader = Thread(target=_read, args=(process.stdout, program.lines), daemon=True)
    reader.start()
    try:
        yield program
    finally:
        process.kill()
        process.wait()
        reader.join(timeout=PATIENCE)
        process.stdout.close()


def _read(pipe: IO[str], lines: "Queue[str]") -> None:
    for line in pipe:
        lines.put(line.rstrip("\n"))


def need(*programs: str) -> None:
    for each in programs:
        program(each)


def write(site: ApiSite, method: str, path: str, **body: object) -> dict[str, object]:
    answer = requests.request(
        method, f"{site.url}/api/v1/status/{path}", json=body, headers=site.bearer, timeout=PATIENCE
    )
    answer.raise_for_status()
    told: dict[str, object] = answer.json() if answer.content else {}
    return told


@pytest.fixture
def kiosk(site: ApiSite) -> Iterator[int]:
    """A component that counts, critical, so that one incident changes the overall status."""
    made = write(site, "POST", "components", name="Kiosk", slug="kiosk", critical=True)
    yield int(str(made["id"]))
    write(site, "DELETE", f"components/{made['id']}")


def test_t29_t30_t31_t32_polling_programs_run_unchanged(site: ApiSite, kiosk: int) -> None:
    """curl, Python `requests` and Node `fetch` compare `overallStatus` and the set of incident ids
    between calls, and print `uptime` with one decimal."""
    need("curl", "node")
    with (
        running("curl", site.url, site.reader) as curl,
        running("requests", site.url, site.reader) as python,
        running("fetch", site.url, site.reader) as node,
    ):
        programs = (curl, python, node)
        for each in programs:
            each.until("watching")
        opened = write(
            site, "POST", "incidents", title="Kiosk is down", severity="critical",
            message="We look.", component_statuses={str(kiosk): "major_outage"},
        )  # fmt: skip
        for each in programs:
            each.until(f"new {opened['reference']}")
        write(
            site, "POST", f"incidents/{opened['id']}/updates", status="resolved", message="Fixed."
        )

    lines = [[line for line in each.heard if line.startswith("Kiosk")] for each in programs]
    assert lines == [["Kiosk: operational, 100.0 %"]] * 3


@pytest.mark.parametrize("path", ["/status", "/status/api", "/api/v2/summary.json"])
def test_x08_curl_requests_and_fetch_read_the_same_json(site: ApiSite, path: str) -> None:
    """Without a key, a header or a redirect."""
    need("curl", "node")
    url = f"{site.url}{path}"
    script = "fetch(process.argv[1]).then((a) => a.text()).then((t) => process.stdout.write(t))"
    commands = [["curl", "-sf", url], ["node", "-e", script, url]]

    told = [
        subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
        for command in commands
    ]

    plain = requests.get(url, timeout=PATIENCE)
    assert plain.json()
    assert plain.history == []
    # It may have been published anew in between: the same members, then.
    assert [each[:12] for each in told] == [plain.content[:12]] * 2
