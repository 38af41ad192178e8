"""Roles forked from one warm process: what they share, what they must not, what survives what."""

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

from tests.statuspage.runtime.supervisor.toy import is_alive, wait_until


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process with a forkserver found; it has killed itself by now."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.statuspage.runtime.supervisor.toy_forkserver"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "statuspage.settings",
            "STATUSPAGE_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_role_is_a_child_of_up_in_a_group_of_its_own(seen: dict[str, Any]) -> None:
    role = seen["role"]

    assert role["parent"] == seen["up"]
    assert role["pid"] == role["group"] == seen["pid"]


def test_a_role_is_a_fork_and_goes_by_its_own_name(seen: dict[str, Any]) -> None:
    # A program of its own would be listed with its command.
    assert [word for word in seen["title"] if word] == ["status notify"]
    assert seen["name"] == "status fork"


def test_a_role_reads_its_settings_as_a_program_of_its_own_would(seen: dict[str, Any]) -> None:
    role = seen["role"]

    assert (role["role"], role["port"], role["arguments"]) == ("notify", 3987, ["shell"])
    assert role["kept"] is None, "background roles keep their connection"
    assert (role["queue"], role["workers"]) == ("notify", 2)
    assert seen["again"]["kept"] == 0


def test_a_role_holds_what_it_was_handed_and_nothing_else(seen: dict[str, Any]) -> None:
    assert seen["role"]["fds"] == [0, 1, 2, seen["listener"]]
    assert seen["role"]["stdin"] == ""


def test_what_is_forked_has_one_thread(seen: dict[str, Any]) -> None:
    assert seen["threads"] == 1


def test_why_a_role_ended_is_told(seen: dict[str, Any]) -> None:
    assert seen["failure"] == "no such luck\n"


def test_roles_outlive_the_fork_server_and_another_takes_its_place(seen: dict[str, Any]) -> None:
    assert seen["without"] is None
    assert seen["outlives"]
    assert seen["again"]["parent"] == seen["up"]


def test_nothing_outlives_up(seen: dict[str, Any]) -> None:
    wait_until(lambda: not any(is_alive(pid) for pid in seen["left"]), "their end")
