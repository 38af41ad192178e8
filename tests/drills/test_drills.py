"""The drills in their short form, as an operator runs them: R6, R7, R8, R9."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from statuspage.drills.base import Line, drills
from tests.environment import missing

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(
    r"drill [a-z-]+: injected=(\d+) lost=(\d+) duplicated=(\d+) false=(\d+) "
    r"recovery=([\d.]+)s: (.*)"
)


def drill(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "drill", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=170, check=False
    )


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("blind", id="R7 blind"),
        pytest.param("clock", id="R9 clock"),
        pytest.param("probe-faults", id="R8 probe-faults"),
        pytest.param("slow-targets", id="R6 slow-targets"),
    ],
)
@pytest.mark.xdist_group("drills")
def test_a_drill_holds_its_target_and_says_so_in_one_line(name: str) -> None:
    done = drill(name, "--short")

    if done.returncode == 2:
        missing("namespaces", done.stderr)
    told = LINE.fullmatch(done.stdout.splitlines()[-1])
    assert told, done.stdout + done.stderr
    assert told[6] == "ok", done.stdout
    assert int(told[1]) > 0, "nothing was injected"
    assert (told[2], told[3], told[4]) == ("0", "0", "0")
    assert done.returncode == 0


def test_a_missed_target_is_told_and_is_a_failure() -> None:
    line = Line(injected=1, false=2)

    line.expect(True, "not told")
    line.expect(False, "something was called down")

    assert line.text("x") == (
        "drill x: injected=1 lost=0 duplicated=0 false=2 recovery=0.0s: "
        "missed: something was called down"
    )


def test_every_drill_is_listed_and_in_the_operators_documentation() -> None:
    documented = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")

    told = drill("--list").stdout

    for name, each in drills().items():
        assert f"| `{name}` |" in documented
        assert name in told
        assert each.target in told


def test_a_drill_that_there_is_not_is_refused_with_those_there_are() -> None:
    done = drill("nonsense")

    assert done.returncode == 1
    assert "blind, clock, probe-faults, slow-targets" in done.stderr
