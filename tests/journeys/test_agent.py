"""A real server and a real agent: killed, cut off and brought back, nothing is lost or doubled."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests import ROOT
from tests.journeys.product import free_port
from tests.servers import Target
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey]
MONITORS = 10
PATIENT = {**os.environ, "STATUSPAGE_READER_MESSAGE_TIMEOUT_MS": "5000"}
"""Where many tests run at once, a report may take its time."""
_SCENE = """
from components.models import Component
from components.services import save_component
from monitors.models import Monitor, Region
from monitors.services import save_monitor
from statuspage.access import tokens
west = Region.objects.create(code="us-west", name="West")
Region.objects.create(code="us-east", name="East")
component = save_component(Component(name="API", slug="api"))
for number in range({count}):
    monitor = Monitor(name=f"M {{number}}", component=component, kind="endpoint", interval=1,
                      timeout=1, config={{"url": "{url}?m=" + str(number)}})
    save_monitor(monitor, regions=[west])
print(tokens.create(name="agent", scopes=["agents:write"], agent="probe", region="us-west"))
"""


def manage(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "manage.py", *words, "--data-dir", str(folder)]


def done(folder: Path, *words: str) -> str:
    finished = subprocess.run(
        manage(folder, *words), cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@contextmanager
def process(folder: Path, log: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as out:
        started = subprocess.Popen(
            manage(folder, *words), cwd=ROOT, stdout=out, stderr=out, env=PATIENT
        )
        try:
            yield started
        finally:
            started.send_signal(signal.SIGTERM)
            try:
                started.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


class Scene:
    """The folders of a server and of an agent, and how to start either."""

    def __init__(self, folder: Path, url: str) -> None:
        self.server_dir, self.agent_dir = folder / "server", folder / "agent"
        self.port, self._management = free_port(), free_port()
        self.log = folder / "log"
        self.server_dir.mkdir()
        done(self.server_dir, "migrate", "-v", "0")
        scene = _SCENE.format(count=MONITORS, url=url)
        self.token = done(self.server_dir, "shell", "-v", "0", "-c", scene).split()[-1]

    def server(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        words = ("web", "--port", str(self.port), "--management-port", str(self._management))
        return process(self.server_dir, self.log, *words)

    def agent(
        self, *, token: str = "", region: str = "us-west"
    ) -> AbstractContextManager[subprocess.Popen[bytes]]:
        words = ("agent", "--url", f"http://127.0.0.1:{self.port}", "--region", region,
                 "--name", "probe")  # fmt: skip
        token = token or self.token
        return process(self.agent_dir, self.log, *words, "--token", token)

    def stored(self) -> set[tuple[int, int]]:
        """Every result the server has, by check and millisecond."""
        with sqlite3.connect(self.server_dir / "db.sqlite3") as database:
            rows = database.execute("SELECT check_id, at_ms FROM monitors_result").fetchall()
        assert len(set(rows)) == len(rows)
        return set(rows)

    def spooled(self) -> list[tuple[int, int]]:
        """Every result the agent ever put on its disk."""
        path = self.agent_dir / "agent" / "results.jsonl"
        whole = [line for line in path.read_bytes().split(b"\n")[:-1] if line]
        results = [result for line in whole for result in json.loads(line)[1]]
        return [(result["check"], round(result["started"] * 1000)) for result in results]

    def readers(self) -> list[tuple[str, str]]:
        with sqlite3.connect(self.server_dir / "db.sqlite3") as database:
            return database.execute("SELECT name, model_type FROM monitors_reader").fetchall()


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with Target() as listening:
        yield listening


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, target: Target) -> Scene:
    return Scene(tmp_path_factory.mktemp("agent"), target.url())


def test_a_wrong_token_is_told_and_ends_the_agent(scene: Scene) -> None:
    with scene.server(), scene.agent(token="sp_wrong") as agent:
        until(lambda: agent.poll() is not None, what="the end of the agent")

        assert agent.returncode == 1
        assert "denies access: 401" in scene.log.read_text()
        assert not scene.stored()


def test_nothing_is_lost_and_nothing_doubled(scene: Scene, target: Target) -> None:
    def grown(by: int) -> None:
        goal = len(scene.stored()) + by
        until(lambda: len(scene.stored()) >= goal, what=f"{by} more results")

    with scene.server(), scene.agent() as agent:
        grown(3 * MONITORS)
        agent.kill()
        agent.wait()
    with scene.agent() as agent:  # the server is away
        time.sleep(2)
        with scene.server():
            grown(2 * MONITORS)
        away = len(scene.stored())
        time.sleep(3)
        assert len(scene.stored()) == away
        with scene.server():
            grown(4 * MONITORS)
            agents = [kind for name, kind in scene.readers() if name == "probe"]
            agent.send_signal(signal.SIGTERM)
            agent.wait(timeout=PATIENCE)
    kept, told = scene.stored(), scene.spooled()
    assert agents == ["probe"]
    assert len(told) == len(set(told))
    assert set(told) <= kept, "lost"
    assert kept <= set(told), "invented"
    # Only what was in flight, or a moment old, when the agent was killed never came to its disk.
    assert len(target.requests) - len(kept) <= 2 * MONITORS
