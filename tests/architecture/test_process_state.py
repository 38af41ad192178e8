"""What a module remembers for its whole process can be reset, and tests reset it by that door."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests import ROOT
from tests.architecture.test_rules import ALL, name_of

FILLED_BY_IMPORTS = {
    "components/backoffice/managed.py",  # who is asked
    "components/backoffice/translated_names.py",  # what was named
    "components/journal/__init__.py",  # who listens for the process's whole life
    "components/journal/event_types.py",
    "components/secrets/fields.py",
    "statuspage/edge/management_listener.py",  # what is under way, and takes itself out
    "statuspage/publishing/snapshot.py",
}
"""Lists of who or what there is, which a process that begins anew fills again by itself."""


def _kept(tree: ast.Module) -> Iterator[str]:
    """Names of dictionaries, lists and sets of a module that begin empty."""
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        if ast.unparse(node.value) in {"{}", "[]", "set()", "dict()", "deque()"}:
            yield ast.unparse(node.target if isinstance(node, ast.AnnAssign) else node.targets[0])


def test_what_a_process_remembers_can_be_reset() -> None:
    without = []
    for path in ALL:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        if list(_kept(tree)) and "reset" not in functions:
            without.append(name_of(path))

    assert set(without) - FILLED_BY_IMPORTS == set()


def _reaching_in(path: Path) -> Iterator[str]:
    """Calls that empty or replace the private state of something of the product."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        place = f"{path.relative_to(ROOT)}:{node.lineno}"
        owner = node.func.value
        if node.func.attr in {"clear", "cache_clear"} and isinstance(owner, ast.Attribute):
            if owner.attr.startswith("_") and ast.unparse(owner.value) != "self":
                yield place
        elif node.func.attr == "setattr" and len(node.args) == 3:
            name, value = ast.unparse(node.args[1]), ast.unparse(node.args[2])
            if name.startswith(("'_", '"_')) and value in {"{}", "[]", "set()", "dict()"}:
                yield place


def test_tests_reset_what_a_process_remembers_by_its_own_door() -> None:
    found = [
        each
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if "node_modules" not in path.parts
        for each in _reaching_in(path)
    ]

    assert found == []
