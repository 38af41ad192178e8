"""The kind `ssh` against OpenSSH."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitors.probing.base import ProbeStatus
from tests.counterparts import program
from tests.monitors.probers.services import check, hold_slowness, running
from tests.ports import free_ports
from tests.servers import Greeter


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    server, folder = program("sshd"), tmp_path_factory.mktemp("ssh")
    if os.geteuid() == 0:  # where it locks itself up before anybody has logged in
        Path("/run/sshd").mkdir(exist_ok=True)
    key = folder / "key"
    subprocess.run([program("sshd", "ssh-keygen"), "-q", "-N", "", "-f", key], check=True)
    (port,) = free_ports(1)
    settings = {
        "Port": port, "ListenAddress": "127.0.0.1", "HostKey": key, "PidFile": folder / "pid",
        "UsePAM": "no", "StrictModes": "no",
    }  # fmt: skip
    file = folder / "config"
    file.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    with running([server, "-D", "-e", "-f", file], port, folder=folder):
        yield port


def test_a_server_that_says_its_version_is_up(port: int) -> None:
    outcome = check("ssh", port=port, expect="^SSH-2.0-OpenSSH_")

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")


def test_another_version_than_expected_is_down(port: int) -> None:
    outcome = check("ssh", port=port, expect="dropbear")

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.startswith("SSH: the version “SSH-2.0-OpenSSH_")
    assert outcome.message.endswith("does not match “dropbear”")


@pytest.mark.parametrize(
    ("greeting", "status", "message"),
    [
        (b"Welcome.\r\nKeep out.\r\nSSH-2.0-x\r\n", ProbeStatus.UP, ""),
        (b"SSH-1.99-old\n", ProbeStatus.UP, ""),
        (
            b"SSH-1.5-older\r\n",
            ProbeStatus.DOWN,
            "SSH: it does not speak version 2: “SSH-1.5-older”",
        ),
        (b"hello\r\n" * 60, ProbeStatus.DOWN, "the answer is not SSH"),
        (b"x" * 20_000, ProbeStatus.DOWN, "the answer is not SSH: it has no end"),
    ],
)
def test_lines_before_the_version_are_allowed_within_bounds(
    greeting: bytes, status: ProbeStatus, message: str
) -> None:
    with Greeter(greeting) as server:
        outcome = check("ssh", port=server.port)

    assert (outcome.status, outcome.message) == (status, message)


def test_a_slow_answer_is_degraded_and_one_that_does_not_come_is_down(port: int) -> None:
    hold_slowness("ssh", port)
