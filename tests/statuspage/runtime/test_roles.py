"""The roles started as services: what each knows of itself, and how each ends (F-O3, F-O13)."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from itertools import product

import psutil
import pytest
import requests

import manage
from statuspage.drills.environment import DrillEnvironment
from tests.journeys.product import free_port
from tests.waiting import LONG_PATIENCE, PATIENCE, until

pytestmark = pytest.mark.long

ROLES = {
    "web": ("web", "--port", "0", "--management-port", "0"),
    "beat": ("beat",),
    "probes": ("work", "--queue", "probes"),
    "notify": ("work", "--queue", "notify"),
}
COMMANDS = {
    **ROLES,
    "web of several processes": (*ROLES["web"], "--processes", "2"),
}
WAYS = list(product((signal.SIGTERM, signal.SIGINT), ("main", "group"), ("once", "twice")))
HALVES = {
    "probes": [WAYS[number] for number in (0, 3, 5, 6)],
    "notify": [WAYS[number] for number in (1, 2, 4, 7)],
}
"""Both are the command `work`, each with one half of the ways: every pair of choices is in both."""


@pytest.fixture(scope="module")
def environment() -> Iterator[DrillEnvironment]:
    with DrillEnvironment() as started:
        started.prepare({"groups": []})
        yield started


@pytest.mark.parametrize("role", COMMANDS)
def test_a_role_ends_when_it_is_told_however_it_is_told(
    environment: DrillEnvironment, role: str
) -> None:
    """All ways at once, so that they have the same to wait for."""
    ways = HALVES.get(role, WAYS)
    processes = [environment.start(*COMMANDS[role]) for _ in ways]
    families = [_running(process, role) for process in processes]
    for process, (number, whom, _) in zip(processes, ways, strict=True):
        _send(process, number, whom)
    time.sleep(0.2)  # while it is at it
    for process, (number, whom, times) in zip(processes, ways, strict=True):
        if times == "twice" and process.poll() is None:
            _send(process, number, whom)

    ends = {way: process.wait(PATIENCE) for process, way in zip(processes, ways, strict=True)}

    # Told twice, uvicorn ends by the signal itself, which systemd takes for a plain end as well; 1
    # is the hard end of a cluster that this machine gave no time.
    assert set(ends.values()) <= {0, 1, -signal.SIGTERM, -signal.SIGINT}, ends
    until(
        lambda: not any(each.is_running() for family in families for each in family),
        what="nobody is left",
    )


@pytest.mark.parametrize(("number", "whom", "times"), [WAYS[each] for each in (0, 3, 5, 6)])
def test_up_ends_with_all_that_it_started_however_it_is_told(
    environment: DrillEnvironment, number: signal.Signals, whom: str, times: str
) -> None:
    """One at a time: there is one `up` to a data folder. Every pair of choices is in the four."""
    port, management = str(free_port()), str(free_port())
    process = environment.start("up", "--port", port, "--management-port", management)
    page = f"http://127.0.0.1:{port}/status"
    until(lambda: requests.get(page, timeout=5).ok, what="a page", patience=LONG_PATIENCE)
    main = psutil.Process(process.pid)
    until(lambda: len(main.children(recursive=True)) >= len(ROLES), what="all roles are there")
    family = main.children(recursive=True)

    _send(process, number, whom)
    time.sleep(0.2)  # while it is at it
    if times == "twice" and process.poll() is None:
        _send(process, number, whom)

    assert process.wait(PATIENCE) in (0, 1, -number)
    until(lambda: not any(each.is_running() for each in family), what="nobody is left")


def _send(process: "subprocess.Popen[bytes]", number: int, whom: str) -> None:
    if whom == "main":
        process.send_signal(number)
    else:
        os.killpg(process.pid, number)


def _running(process: "subprocess.Popen[bytes]", role: str) -> list[psutil.Process]:
    """Wait until a role is at work; return its processes."""
    main = psutil.Process(process.pid)
    several = role not in ROLES
    name = f"status {role.partition(' ')[0]}"

    def is_at_work() -> bool:
        assert process.poll() is None, "it ended by itself"
        children = main.children(recursive=True)
        if several:  # the fork server, and those that serve
            return main.name() == name and len(children) >= 3
        return main.name() == name and (
            bool(main.net_connections()) if role == "web" else
            role == "beat" or len(children) >= 4
        )  # fmt: skip

    until(is_at_work, what=f"{role} is at work")
    return [main, *main.children(recursive=True)]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process have no role; what a test gives it is taken back."""
    for name in ("STATUSPAGE_ROLE", "Q_CLUSTER_NAME"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.usefixtures("bare")
def test_a_role_knows_itself_however_it_is_started(role: str) -> None:
    manage.tell_settings_the_role(["manage.py", *ROLES[role]])

    assert os.environ["STATUSPAGE_ROLE"] == role
    assert os.environ.get("Q_CLUSTER_NAME") == (role if role in ("probes", "notify") else None)


@pytest.mark.parametrize(
    "words", [["doctor"], ["work"], ["work", "--queue"], ["work", "--queue", "x"], [], ["shell"]]
)
@pytest.mark.usefixtures("bare")
def test_other_commands_have_no_role(words: list[str]) -> None:
    manage.tell_settings_the_role(["manage.py", *words])

    assert "STATUSPAGE_ROLE" not in os.environ
    assert "Q_CLUSTER_NAME" not in os.environ


@pytest.mark.usefixtures("bare")
def test_an_option_may_be_written_in_one_word() -> None:
    manage.tell_settings_the_role(["manage.py", "work", "--queue=notify"])

    assert os.environ["STATUSPAGE_ROLE"] == "notify"


@pytest.mark.usefixtures("bare")
def test_up_says_which_role_it_is() -> None:
    os.environ["STATUSPAGE_ROLE"] = "other"

    manage.tell_settings_the_role(["manage.py", "web"])

    assert os.environ["STATUSPAGE_ROLE"] == "other"
