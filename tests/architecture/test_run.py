"""What failed once is made again alone where that is allowed, and fails again if it is a fault."""

from pathlib import Path

import pytest

from tests import ROOT
from tests.run import run, run_on_both

FAULT = "def test_fault() -> None:\n    assert False\n"
UNSTEADY = """
from pathlib import Path

def test_unsteady_{0}() -> None:
    mark = Path("mark-{0}")
    seen = mark.exists()
    mark.touch()
    assert seen
"""


ON_BOTH = """
import os

def pytest_addoption(parser):
    parser.addoption("--postgres", action="store_true")
    parser.addoption("--long", action="store_true")

def pytest_report_header(config):
    return f"on PostgreSQL: {config.getoption('--postgres')}"
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p xdist.plugin\n", encoding="utf-8")
    # To import the other plug-ins takes longer than all else of such a run.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return tmp_path


def written(root: Path, *texts: str) -> None:
    for number, text in enumerate(texts):
        (root / f"test_{number}.py").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("texts", "allowed", "code"),
    [
        ((UNSTEADY.format(1),), 1, 0),
        ((UNSTEADY.format(1),), 0, 1),
        ((UNSTEADY.format(1), UNSTEADY.format(2)), 1, 1),
        ((FAULT,), 3, 1),
        ((FAULT, UNSTEADY.format(1)), 3, 1),
        (("def test_fine() -> None:\n    pass\n",), 3, 0),
        (("import nothing_of_the_kind\n",), 3, 2),
    ],
)
def test_only_what_passes_alone_is_forgiven(
    root: Path, texts: tuple[str, ...], allowed: int, code: int
) -> None:
    written(root, *texts)

    assert run([], allowed=allowed, root=root) == code


def test_what_passed_only_alone_is_named(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    written(root, UNSTEADY.format(1))

    run([], allowed=3, root=root)

    assert "to be mended:\n  test_0.py::test_unsteady_1" in capfd.readouterr().out


@pytest.fixture
def on_both(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (root / "conftest.py").write_text(ON_BOTH, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("STATUSPAGE_REQUIRE", raising=False)
    return root


@pytest.mark.parametrize("options", [[], ["--long"]])
def test_both_databases_have_a_run_and_what_fails_on_one_has_failed(
    on_both: Path, capfd: pytest.CaptureFixture[str], options: list[str]
) -> None:
    written(
        on_both, "def test_fine(pytestconfig):\n    assert not pytestconfig.getoption('postgres')\n"
    )

    assert run_on_both([*options, "-n", "0"], allowed=0, root=on_both) == 1

    told = capfd.readouterr().out
    assert "1 passed" in told
    assert "1 failed" in told
    assert told.index("on PostgreSQL: False") < told.index("on PostgreSQL: True")


def test_both_runs_are_allowed_the_same(on_both: Path) -> None:
    written(on_both, "def test_fine() -> None:\n    pass\n")

    assert run_on_both(["-n", "0"], allowed=0, root=on_both) == 0
