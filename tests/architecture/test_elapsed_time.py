"""No test asserts how long something took: a busy machine is slow without being wrong.

What must come to pass is waited for by `tests.waiting`. Drills and benchmarks measure time.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT

TESTS = ROOT / "tests"
MEASURING = (
    TESTS / "drills", TESTS / "bench", TESTS / "waiting.py", TESTS / "node", TESTS / "mutants",
)  # fmt: skip
STOPWATCHES = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time"}


def _clock(node: ast.AST) -> str:
    """The name of the clock that this asks, or ''."""
    if not isinstance(node, ast.Call):
        return ""
    name = ast.unparse(node.func).removeprefix("time.")
    return name if name in STOPWATCHES or ast.unparse(node.func) == "time.time" else ""


def _arguments(tree: ast.AST) -> set[int]:
    """Identities of what is given to a call as it is: an instant, not a measure."""
    return {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) not in {"abs", "round", "pytest.approx"}
        for each in (*node.args, *(keyword.value for keyword in node.keywords))
    }


def _is_constant(node: ast.AST) -> bool:
    """Whether it is made of numbers and constants alone: an instant of the past, not a measure."""
    return all(
        not isinstance(each, ast.Name | ast.Attribute | ast.Call)
        or (isinstance(each, ast.Name) and each.id.isupper())
        for each in ast.walk(node)
    )


def measured(tree: ast.AST) -> Iterator[int]:
    """The lines that measure how long something took, or assert what a stopwatch says."""
    arguments = _arguments(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            left, right = _clock(node.left), _clock(node.right)
            of_stopwatch = left in STOPWATCHES or right in STOPWATCHES
            if (right or (left and not _is_constant(node.right))) and (
                of_stopwatch or id(node) not in arguments
            ):
                yield node.lineno
        elif isinstance(node, ast.Assert) and any(
            _clock(each) in STOPWATCHES for each in ast.walk(node.test)
        ):
            yield node.lineno


def test_no_test_measures_how_long_something_takes() -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in sorted(TESTS.rglob("*.py"))
        if not any(path.is_relative_to(each) for each in MEASURING)
        if (lines := list(measured(ast.parse(path.read_text(encoding="utf-8")))))
    }

    assert found == {}


@pytest.mark.parametrize(
    "text",
    ["took = time.monotonic() - began", "assert time.perf_counter() < deadline",
     "assert abs(at - time.time()) < 5", "worked = process_time() - before"],
)  # fmt: skip
def test_measuring_is_found(text: str) -> None:
    assert list(measured(ast.parse(text))) == [1]


@pytest.mark.parametrize(
    "text",
    ["seen = time.time() - 60", "due = time.time() - 2 * DAY", "assert before <= at <= time.time()",
     "deadline = time.monotonic() + 5", "take(now=time.time() - age)"],
)  # fmt: skip
def test_instants_are_no_measuring(text: str) -> None:
    assert list(measured(ast.parse(text))) == []


def _waits_of_its_own(path: Path) -> list[str]:
    """Functions that wait in a loop until an instant of their own."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.While)
        and any(_clock(each) in STOPWATCHES for each in ast.walk(node.test))
    ]


def test_no_helper_of_one_test_waits_with_a_deadline_of_its_own() -> None:
    """`tests.waiting` has the patience that a busy machine needs."""
    found = [
        each
        for path in sorted(TESTS.rglob("test_*.py"))
        if not any(path.is_relative_to(each) for each in MEASURING)
        for each in _waits_of_its_own(path)
    ]

    assert found == []
