"""The threat model names a test for each of its lines, and each of them exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests import DOCS, ROOT

PAGE = (DOCS / "threat-model.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
ATTACKS = [f"S{number}" for number in range(1, 21)]
WITHOUT_A_TEST = (
    "is believed about its own region",
    "who can write may change what the page says",
    "holds the keys and the database",
)
"""What is conceded, and what begins a line of it."""


@cache
def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, functions)}


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED)))
def test_each_named_test_exists(path: str, name: str) -> None:
    assert name.startswith("test_")
    assert name in functions_of(ROOT / path)


def test_each_line_names_its_test() -> None:
    lines = re.findall(r"^- (.*(?:\n  .*)*)", PAGE, re.MULTILINE)

    assert len(lines) > 40
    assert [
        line for line in lines if "::test_" not in line and not line.startswith(WITHOUT_A_TEST)
    ] == []


def test_each_attack_names_its_test() -> None:
    rows = dict(re.findall(r"^\| (S\d+) \| .* \| `(tests/.*)` \|$", PAGE, re.MULTILINE))

    assert set(ATTACKS) <= set(rows)


def test_where_to_report_is_said() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")

    assert "docs/threat-model.md" in text
    assert "Reporting" in text
