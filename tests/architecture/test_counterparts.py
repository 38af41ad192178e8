"""What a machine lacks is skipped, and told once at the end."""

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests import DOCS, ROOT
from tests.counterparts import DEBIAN, LONG, OTHERWISE, left_out, program, summary

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
LONG_MODULE = """
import pytest

pytestmark = pytest.mark.long

@pytest.fixture(scope="module", autouse=True)
def costly():
    raise AssertionError

@pytest.mark.parametrize("number", range(2))
def test_long(number):
    raise AssertionError
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\nmarkers = long\n")
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


def test_long_tests_are_left_out_and_counted_last(suite: Path) -> None:
    (suite / "test_long.py").write_text(LONG_MODULE)

    done = run(suite, "-k", "redis or long")

    assert done.returncode == 0, done.stdout + done.stderr
    *_, redis, told, passed = done.stdout.splitlines()
    assert redis == TOLD[2]
    assert (
        told == "2 long tests were left out; to run everything, as CI does: make test ARGS=--long"
    )
    assert "3 skipped" in passed


@pytest.mark.parametrize(
    ("require", "options", "arguments", "left"),
    [
        ("", {}, ["tests"], True),
        ("postgres", {}, ["tests/architecture", "tests/architecture/test_run.py"], True),
        ("postgres,long", {}, ["tests"], False),
        ("", {"--long": True}, ["tests"], False),
        ("", {}, ["tests/architecture/test_counterparts.py"], False),
        ("", {}, ["tests/architecture/test_counterparts.py::test_of_it[1]"], False),
    ],
)
@pytest.mark.parametrize("on", [(), ("postgres",)])
def test_a_long_test_is_made_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
    on: tuple[str, ...],
    require: str,
    options: dict[str, bool],
    arguments: list[str],
    left: bool,
) -> None:
    monkeypatch.setenv("STATUSPAGE_REQUIRE", require)
    monkeypatch.chdir(ROOT)

    def made_by(**more: bool) -> bool:
        given = {"--long": False, **options, **{f"--{name}": it for name, it in more.items()}}
        config = SimpleNamespace(
            args=arguments, getoption=lambda name, default=None: given.get(name, default)
        )
        item = SimpleNamespace(
            config=config, path=Path(__file__), get_closest_marker=lambda _: pytest.mark.long(*on)
        )
        return not left_out(cast("pytest.Item", item))

    assert made_by(postgres=True) is not left
    assert made_by() is (not left or bool(on))


def test_the_decision_lists_each_long_module_and_no_other() -> None:
    text = (DOCS / "adr" / "0017-long-tests.md").read_text(encoding="utf-8")
    tests = ROOT / "tests"
    marked = {
        path.relative_to(tests).as_posix()
        for path in tests.rglob("test_*.py")
        if "node_modules" not in path.parts
        and path != Path(__file__)
        and "mark.long" in path.read_text(encoding="utf-8")
    }

    assert set(re.findall(r"^\| `(\S+\.py)` \|", text, re.MULTILINE)) == marked


def test_where_nothing_is_missing_nothing_is_said() -> None:
    assert list(summary(Counter())) == []


def test_a_server_that_is_not_in_a_users_path_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert program("unbound", "ldconfig") == Path("/usr/sbin/ldconfig")


def test_what_ci_requires_is_a_counterpart_that_it_installs() -> None:
    recipe = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    [required] = re.findall(r"STATUSPAGE_REQUIRE=(\S+)", recipe)

    assert set(required.split(",")) >= {*DEBIAN, "postgres", LONG}
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
