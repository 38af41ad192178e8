"""A django-q cluster that works as a whole or ends as a whole, with real processes."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.statuspage.supervisor.toy import is_alive, wait_until


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

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text in self.text, f"{text}\n{self.text}")


def start(folder: Path, **environ: str) -> Cluster:
    log = folder / "log"
    with log.open("w") as file:
        popen = subprocess.Popen(
            [sys.executable, "-m", "tests.statuspage.supervisor.toy_cluster", str(folder / "db")],
            stdout=file,
            stderr=file,
            text=True,
            env={**os.environ, **environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    cluster = Cluster(popen, log)
    cluster.wait_for(" running.")
    wait_until(
        lambda: bool(
            len(cluster.pids("ready for work")) == 2
            and cluster.pids("monitoring")
            and cluster.pids("pushing tasks")
        ),
        "all parts",
    )
    return cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    started = start(tmp_path)
    yield started
    started.popen.kill()
    started.popen.wait()


@pytest.mark.parametrize("part", ["sentinel", "ready for work", "pushing tasks"])
def test_a_cluster_that_loses_a_part_ends_as_a_whole(cluster: Cluster, part: str) -> None:
    everybody = cluster.everybody()
    assert len(everybody) == 5

    os.kill(cluster.part(part), signal.SIGKILL)

    assert cluster.popen.wait(3) == 1
    wait_until(lambda: not any(is_alive(pid) for pid in everybody), "nobody left", within=1)


def test_a_cluster_asked_to_stop_finishes_its_task_and_ends_cleanly(tmp_path: Path) -> None:
    cluster = start(tmp_path, TASK="toy.slow")
    cluster.wait_for("began")
    everybody = cluster.everybody()
    began = time.monotonic()

    cluster.popen.send_signal(signal.SIGTERM)

    assert cluster.popen.wait(5) == 0
    assert time.monotonic() - began < 3
    assert not any(is_alive(pid) for pid in everybody)
    assert cluster.text.count("asked to stop") == 1
    assert "finished" in cluster.text
    assert "killed" not in cluster.text


def test_a_task_that_is_not_known_is_not_run(tmp_path: Path) -> None:
    cluster = start(tmp_path, TASK="time.sleep")

    cluster.wait_for("Function time.sleep is not defined")

    cluster.popen.send_signal(signal.SIGTERM)
    assert cluster.popen.wait(5) == 0
