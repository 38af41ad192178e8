"""A django-q cluster that works as a whole or ends as a whole, with real processes."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.statuspage.runtime.supervisor.toy import is_alive, killed_in_the_end, wait_until
from tests.waiting import PATIENCE

MODULE = "tests.statuspage.runtime.supervisor.toy_cluster"


class Cluster:
    """A running cluster; its parts are known by what django-q logs of them."""

    def __init__(self, popen: "subprocess.Popen[str]", log: Path) -> None:
        self.popen = popen
        self._log = log

    @property
    def text(self) -> str:
        return self._log.read_text()

    def pids(self, what: str) -> list[int]:
        return [int(pid) for pid in re.findall(rf"{what} at (\d+)", self.text)]

    def part(self, name: str) -> int:
        if name == "sentinel":
            return psutil.Process(self.popen.pid).children()[0].pid
        return self.pids(name)[0]

    def everybody(self) -> list[int]:
        return [child.pid for child in psutil.Process(self.popen.pid).children(recursive=True)]

    def wait_until_complete(self) -> None:
        self.wait_for(" running.")
        for part, count in {"ready for work": 2, "monitoring": 1, "pushing tasks": 1}.items():
            wait_until(lambda: len(self.pids(part)) == count, part)  # noqa: B023  (used at once)

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text in self.text, f"{text}\n{self.text}")


@contextmanager
def running(folder: Path, **environ: str) -> Iterator[Cluster]:
    log = folder / "log"
    with log.open("w") as file:
        popen = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.statuspage.runtime.supervisor.toy_cluster",
                str(folder / "db"),
            ],
            stdout=file,
            stderr=file,
            text=True,
            env={**os.environ, **environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    cluster = Cluster(popen, log)
    with killed_in_the_end(popen):
        cluster.wait_until_complete()
        yield cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with running(tmp_path) as started:
        yield started


@pytest.mark.parametrize("part", ["sentinel", "ready for work", "pushing tasks"])
def test_a_cluster_that_loses_a_part_ends_as_a_whole(cluster: Cluster, part: str) -> None:
    everybody = cluster.everybody()
    assert len(everybody) == 5

    os.kill(cluster.part(part), signal.SIGKILL)

    assert cluster.popen.wait(PATIENCE) == 1
    wait_until(lambda: not any(is_alive(pid) for pid in everybody), "nobody left")


def test_a_cluster_asked_to_stop_finishes_its_task_and_ends_cleanly(tmp_path: Path) -> None:
    with running(tmp_path, TASK="toy.slow") as cluster:
        cluster.wait_for("began")
        everybody = cluster.everybody()

        cluster.popen.send_signal(signal.SIGTERM)

        assert cluster.popen.wait(PATIENCE) == 0
        assert not any(is_alive(pid) for pid in everybody)
        assert cluster.text.count("asked to stop") == 1
        assert "finished" in cluster.text
        assert "killed" not in cluster.text


def test_a_task_that_is_not_known_is_not_run(tmp_path: Path) -> None:
    with running(tmp_path, TASK="time.sleep") as cluster:
        cluster.wait_for("Function time.sleep is not defined")
