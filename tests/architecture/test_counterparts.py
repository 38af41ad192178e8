"""What a machine lacks is skipped, and told once at the end."""

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests import ROOT
from tests.counterparts import DEBIAN, OTHERWISE, program, summary

SUITE = """
import pytest
from tests.counterparts import missing, program

@pytest.fixture(scope="session")
def browser():
    missing("browser", "not here")

@pytest.mark.parametrize("number", range(3))
def test_with_a_browser(browser, number):
    raise AssertionError

def test_with_a_network():
    missing("namespaces", "not permitted")

def test_with_redis():
    program("redis", "no-such-program")

def test_skipped_otherwise():
    pytest.skip("for a reason of its own")

def test_with_nothing():
    pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    return tmp_path


def run(suite: Path, *arguments: str, require: str = "") -> subprocess.CompletedProcess[str]:
    environ = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(ROOT),
        "STATUSPAGE_REQUIRE": require,
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "tests.counterparts",
         "-p", "no:cacheprovider", *arguments, str(suite)],
        cwd=suite, env=environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


TOLD = [
    "browser is missing: 3 tests were skipped; apt-get install chromium",
    f"namespaces is missing: 1 test was skipped; {OTHERWISE['namespaces']}",
    "redis is missing: 1 test was skipped; apt-get install redis-server",
    "All at once: apt-get install chromium redis-server",
]


@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_run_without_counterparts_is_green_and_says_last_what_to_install(
    suite: Path, processes: str
) -> None:
    done = run(suite, "-n", processes, "-ra")

    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    assert lines[-5:-1] == TOLD
    assert "1 passed, 6 skipped" in lines[-1]


def test_the_second_of_two_runs_tells_the_sum(suite: Path, tmp_path: Path) -> None:
    options = ("--missing-totals", str(tmp_path / "totals"), "-k", "browser or nothing")

    run(suite, *options)
    done = run(suite, *options)

    assert done.stdout.splitlines()[-2] == TOLD[0].replace("3 tests", "6 tests")


def test_what_is_required_fails_instead(suite: Path) -> None:
    done = run(suite, "-rf", require="postgres,redis")

    assert done.returncode == 1
    assert "redis is missing (no-such-program is not installed)" in done.stdout
    assert done.stdout.splitlines()[-3:-1] == TOLD[:2]


def test_where_nothing_is_missing_nothing_is_said() -> None:
    assert list(summary(Counter())) == []


def test_a_server_that_is_not_in_a_users_path_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert program("unbound", "ldconfig") == Path("/usr/sbin/ldconfig")


def test_what_ci_requires_is_a_counterpart_that_it_installs() -> None:
    recipe = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    [required] = re.findall(r"STATUSPAGE_REQUIRE=(\S+)", recipe)

    assert set(required.split(",")) >= {*DEBIAN, "postgres"}
    for packages in DEBIAN.values():
        for package in packages.split():
            assert re.search(rf"\b{package}\b", recipe), package


def _skips(path: Path) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and ast.unparse(node)
        in {"pytest.skip", "pytest.importorskip", "pytest.mark.skip", "pytest.mark.skipif"}
    ]


def test_no_test_is_skipped_in_another_way() -> None:
    own = ROOT / "tests" / "counterparts.py"
    found = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "tests").rglob("*.py")
        if path != own and "node_modules" not in path.parts and (lines := _skips(path))
    }

    assert found == {}
