"""Rules of the house that no linter knows: what may stand where."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("components", "monitors", "incidents", "maintenance", "subscribers", "statuspage")
LONGEST = 350


def modules() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


ALL = list(modules())


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_a_module_opens_by_saying_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert not tree.body or ast.get_docstring(tree), f"{name_of(path)} has no opening sentence"


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_no_file_outgrows_its_room(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_no_signals_among_our_apps() -> None:
    ours = [
        name_of(path)
        for path in ALL
        if re.search(r"\b(post_save|pre_save|post_delete|pre_delete|m2m_changed)\b",
                     path.read_text(encoding="utf-8"))
    ]  # fmt: skip

    assert ours == []


def test_no_model_has_effects_in_save() -> None:
    ours = [
        f"{name_of(path)}: {node.name}"
        for path in ALL
        if "models" in path.stem or "models" in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name in ("save", "delete")
    ]

    assert ours == []


def _atomic_blocks(tree: ast.AST) -> Iterator[ast.With]:
    for node in ast.walk(tree):
        if isinstance(node, ast.With) and any(
            ast.unparse(item.context_expr) == "transaction.atomic()" for item in node.items
        ):
            yield node


def _calls_record(node: ast.AST) -> bool:
    return any(
        isinstance(inner, ast.Call) and ast.unparse(inner.func) == "record"
        for inner in ast.walk(node)
    )


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_record_is_the_last_statement_of_its_transaction(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    for block in _atomic_blocks(tree):
        early = [statement for statement in block.body[:-1] if _calls_record(statement)]
        assert not early, f"{name_of(path)}:{block.lineno}: something follows record()"


def test_the_clock_is_an_argument_of_the_pure_rules() -> None:
    pure = [
        "components/rollup.py", "components/uptime.py", "monitors/rules/check_state.py",
        "monitors/rules/heartbeat_schedule.py", "maintenance/lifecycle.py", "incidents/workflow.py",
        "maintenance/due.py",
    ]  # fmt: skip

    for name in pure:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"\b(now|time|utcnow)\(\)", text), f"{name} looks at a clock"


def test_user_text_never_becomes_a_template() -> None:
    ours = [
        name_of(path)
        for path in ALL
        if re.search(r"\bTemplate\(|from_string\(|mark_safe\(", path.read_text(encoding="utf-8"))
    ]

    assert ours == []
