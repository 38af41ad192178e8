"""The units for systemd say what the table of processes says, and do no more than they must."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import manage
from statuspage.config.env import Settings
from statuspage.runtime.supervisor.process_table import BY_NAME, PROCESSES, Process
from statuspage.runtime.supervisor.roles import MANAGE
from tests import DOCS
from tests.counterparts import program
from tests.deploy import DEPLOY

FOLDER = DEPLOY / "systemd"
PYTHON = "/opt/statuspage/.venv/bin/python"
MAX_EXPOSURE = 20
"""In tenths: systemd calls what is below 2 "ok" and gives a unit without hardening 9.6."""
OWN_LINES = ("Description=", "ExecStart=", "LimitNOFILE=", "MemoryMax=")
"""What differs from role to role."""


def unit_of(process: Process) -> Path:
    return FOLDER / f"statuspage-{process.name}.service"


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line and line[0] not in "#;"]


def values(path: Path, name: str) -> list[str]:
    found = [line.partition("=")[2] for line in lines(path) if line.startswith(f"{name}=")]
    return " ".join(found).split(" ")


def test_each_process_has_a_unit_and_the_target_wants_them_all() -> None:
    units = {path.name for path in FOLDER.glob("*.service")}

    assert units == {unit_of(process).name for process in PROCESSES}
    assert set(values(FOLDER / "statuspage.target", "Wants")) == units


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_unit_says_what_the_table_says(process: Process) -> None:
    unit = unit_of(process)
    called = values(unit, "ExecStart")

    assert called == [PYTHON, "/opt/statuspage/manage.py", *process.arguments]
    assert values(unit, "LimitNOFILE") == [str(process.descriptors)]
    assert values(unit, "MemoryMax") == [f"{process.memory_mib}M"]
    assert values(unit, "TimeoutStopSec") == [str(process.stop_seconds)]
    assert values(unit, "WatchdogSec") == [str(process.watchdog_seconds)]
    assert process.watchdog_seconds > process.silence_seconds
    assert values(unit, "Type") == ["notify"]
    assert values(unit, "Restart") == ["always"]


def test_units_differ_in_what_the_table_has_of_each_and_in_nothing_else() -> None:
    rest = [
        [line for line in lines(unit_of(process)) if not line.startswith(OWN_LINES)]
        for process in PROCESSES
    ]

    assert all(each == rest[0] for each in rest)


def test_the_role_follows_from_what_the_table_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    for process in PROCESSES:
        monkeypatch.delenv("STATUSPAGE_ROLE", raising=False)
        monkeypatch.setenv("Q_CLUSTER_NAME", "")
        manage.tell_settings_the_role([str(MANAGE), *process.arguments])
        told = os.environ["STATUSPAGE_ROLE"]
        monkeypatch.delenv("STATUSPAGE_ROLE")
        assert told == process.name
    assert {port.removeprefix("STATUSPAGE_") for port in BY_NAME["web"].ports} == {
        "PORT", "MANAGEMENT_PORT", "INTERNAL_PORT"
    }  # fmt: skip


@pytest.mark.parametrize("commented", [False, True], ids=["as-it-stands", "all-of-it"])
def test_the_environment_file_holds_settings(tmp_path: Path, commented: bool) -> None:
    for name in ("secret.key", "secrets.keys", "database.password"):
        (tmp_path / name).write_text("x" * 43 + "=")
    text = (FOLDER / "statuspage.env").read_text("utf-8")
    given = [line.lstrip("#") if commented and "# " not in line else line
             for line in text.replace("/etc/statuspage", str(tmp_path)).splitlines()]  # fmt: skip
    pairs = dict(line.split("=", 1) for line in given if line and line[0] != "#")

    read = Settings({**pairs, "STATUSPAGE_DATA_DIR": str(tmp_path)})

    assert read.site_url.startswith("https:")
    assert read.num_proxies == 1
    assert bool(read.database_password) is commented


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units, with a program in place of the one that is not installed here."""
    folder = tmp_path_factory.mktemp("units")
    for path in FOLDER.iterdir():
        text = path.read_text("utf-8").replace(PYTHON, sys.executable)
        (folder / path.name).write_text(text, "utf-8")
    return folder


def test_systemd_reads_every_line(installed: Path) -> None:
    units = sorted(
        str(path) for path in installed.iterdir() if path.suffix in (".service", ".target")
    )
    analyze = str(program("systemd", "systemd-analyze"))

    done = subprocess.run(
        [analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )

    # Complaints are in what it says, not in its exit status. Other units may be those of this host.
    assert [line for line in done.stderr.splitlines() if "statuspage" in line] == []
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_unit_is_closed_to_what_it_does_not_need(process: Process) -> None:
    analyze = str(program("systemd", "systemd-analyze"))

    done = subprocess.run(
        [analyze, "security", "--offline=true", f"--threshold={MAX_EXPOSURE}", "--no-pager",
         str(unit_of(process))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout


def test_the_command_for_the_shell_is_a_script_that_names_what_units_name() -> None:
    path = FOLDER / "statuspage"

    subprocess.run(["sh", "-n", str(path)], check=True)

    text, unit = path.read_text("utf-8"), unit_of(BY_NAME["web"])
    assert f"{PYTHON} /opt/statuspage/manage.py" in text
    assert f"EnvironmentFile={values(unit, 'EnvironmentFile')[0]} " in text
    assert f"--uid={values(unit, 'User')[0]} --gid={values(unit, 'Group')[0]} " in text
    assert path.stat().st_mode & 0o111


def test_the_documentation_has_the_table_of_processes() -> None:
    text = (DOCS / "run" / "install.md").read_text("utf-8")

    for process in PROCESSES:
        command = f"manage.py {' '.join(process.arguments)}"
        assert (
            f"| `statuspage-{process.name}` | `{command}` | {process.memory_mib} MiB |"
            f" {process.descriptors} | {process.stop_seconds} s |\n"
        ) in text
