"""The drills in their short form, as an operator runs them: R3 to R9, R16, R19."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from statuspage.drills.base import DrillResult, drills
from statuspage.drills.duplicate_processes import doubled_checks, doubled_in_journal
from statuspage.drills.environment import Entry
from tests import ROOT
from tests.counterparts import missing
from tests.environment import postgres_tools

pytestmark = pytest.mark.long

LINE = re.compile(
    r"drill [a-z-]+: injected=(\d+) lost=(\d+) duplicated=(\d+) false=(\d+) "
    r"recovery=([\d.]+)s: (.*)"
)


NAMES = {
    "alertmanager": "P02",
    "backup": "F-O10",
    "blind": "R7",
    "clock": "R9",
    "containers": "discovery",
    "failover": "F-O7",
    "mail": "R3 R5 R16 R19",
    "probe-faults": "R8",
    "resolver": "R7 F-T1",
    "restart": "R2 R20 F-O4",
    "slow-targets": "R6",
    "two-of-everything": "R4",
}
NEEDS = {"alertmanager": "alertmanager", "containers": "podman", "failover": "postgres"}


def drill(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "drill", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False
    )


@pytest.fixture(scope="session")
def played() -> subprocess.CompletedProcess[str]:
    """All of them, by one command: the tables are made once."""
    with suppress(ImportError):  # then one drill needs what is installed
        os.environ.setdefault("STATUSPAGE_POSTGRES_TOOLS", str(postgres_tools()))
    return drill("--short", *NAMES)


def test_each_drill_is_played_here() -> None:
    assert drills().keys() == NAMES.keys()


@pytest.mark.parametrize(
    "name", [pytest.param(name, id=f"{i} {name}") for name, i in NAMES.items()]
)
def test_a_drill_holds_its_target_and_says_so_in_one_line(
    name: str, played: subprocess.CompletedProcess[str]
) -> None:
    told = f"{played.stdout}{played.stderr}"

    if f"drill {name} cannot be run here" in played.stderr:
        missing(NEEDS.get(name, "namespaces"), played.stderr)
    _holds(name, told)


def test_the_drills_that_held_their_targets_end_well(
    played: subprocess.CompletedProcess[str],
) -> None:
    assert played.returncode in (0, 2), played.stderr


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["two-of-everything", "backup"], ids=["R4", "F-O10"])
def test_a_drill_holds_its_target_on_postgresql(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATUSPAGE_POSTGRES_TOOLS", str(postgres_tools()))
    with _empty_database(os.environ["DATABASE_URL"]) as url:
        done = drill("--short", name, "--database", url)

    _holds(name, f"{done.stdout}{done.stderr}")


def _holds(name: str, told: str) -> None:
    lines = (line for line in told.splitlines() if line.startswith(f"drill {name}: "))
    own = LINE.fullmatch(next(lines, ""))
    assert own, told
    assert own[6] == "ok", told
    assert int(own[1]) > 0, "nothing was injected"
    assert (own[2], own[3], own[4]) == ("0", "0", "0")


@contextmanager
def _empty_database(server: str) -> Iterator[str]:
    name = "of_a_drill"
    parts = urlsplit(server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(parts._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_what_happened_twice_is_counted_r4() -> None:
    down = Entry("monitor.state_changed", 1, _verdict("down"))
    up = Entry("monitor.state_changed", 1, _verdict("up"))
    started = Entry("maintenance.started", 7, {})
    opened = Entry("incident.created", 3, {"incident_id": 3, "component_ids": [1]})
    again = Entry("incident.created", 4, {"incident_id": 4, "component_ids": [1]})

    twice = doubled_in_journal([down, up, down, down, started, opened, started, again])

    assert {what: count for what, count in twice.items() if count} == {
        "transitions of monitors": 1,
        "starts": 1,
        "incidents": 1,
    }


def _verdict(verdict: str) -> dict[str, object]:
    return {"monitor_id": 1, "region": "global", "verdict": verdict, "flapping": False}


def test_a_check_that_was_made_twice_for_one_instant_is_counted_r4() -> None:
    rows = [(1, 1_000), (1, 2_000), (1, 2_001), (2, 2_000), (2, 3_000)]

    assert doubled_checks(rows) == 1


def test_a_missed_target_is_told_and_is_a_failure() -> None:
    line = DrillResult(injected=1, false=2)

    line.expect(True, "not told")
    line.expect(False, "something was called down")

    assert line.text("x") == (
        "drill x: injected=1 lost=0 duplicated=0 false=2 recovery=0.0s: "
        "missed: something was called down"
    )


def test_every_drill_is_listed_and_in_the_operators_documentation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    documented = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")

    call_command("drill", "--list")

    told = capsys.readouterr().out
    for name, each in drills().items():
        assert f"| `{name}` |" in documented
        assert name in told
        assert each.target in told


def test_a_drill_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(CommandError, match=", ".join(NAMES)):
        call_command("drill", "nonsense")


def test_a_drill_that_is_only_played_on_sqlite_refuses_another_database() -> None:
    with pytest.raises(CommandError, match="blind is played on SQLite only"):
        call_command("drill", "blind", "--database", "postgresql://nowhere.example/")
