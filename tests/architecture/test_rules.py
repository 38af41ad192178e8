"""Rules of the house that no linter knows: what may stand where."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests import APPS, ROOT

LONGEST = 350


def modules() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


ALL = list(modules())


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """What each module says, by its name."""
    return {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in ALL}


def test_a_module_opens_by_saying_what_it_is_for(trees: dict[str, ast.Module]) -> None:
    assert [name for name, tree in trees.items() if tree.body and not ast.get_docstring(tree)] == []


def test_no_file_outgrows_its_room() -> None:
    lengths = {name_of(path): path.read_text(encoding="utf-8").count("\n") for path in ALL}

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


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


def test_record_is_the_last_statement_of_its_transaction(trees: dict[str, ast.Module]) -> None:
    early = [
        f"{name}:{block.lineno}"
        for name, tree in trees.items()
        for block in _atomic_blocks(tree)
        if any(_calls_record(statement) for statement in block.body[:-1])
    ]

    assert early == []


def test_the_clock_is_an_argument_of_the_pure_rules() -> None:
    pure = [
        "components/rollup.py", "components/uptime/layers.py", "components/uptime/periods.py",
        "monitors/rules/check_state.py", "incidents/impact_history.py",
        "monitors/rules/heartbeat_schedule.py", "maintenance/lifecycle.py", "incidents/workflow.py",
        "maintenance/jobs.py",
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


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    """Who imports whom, imports inside functions included."""
    return grimp.build_graph(*APPS, cache_dir=None)


def _reached_from(room: str, imports: grimp.ImportGraph) -> set[str]:
    waiting = {room} | imports.find_descendants(room)
    reached: set[str] = set()
    while waiting:
        module = waiting.pop()
        reached.add(module)
        waiting |= imports.find_modules_directly_imported_by(module) - reached
    return reached


def _imports_from_django_db(module: str) -> bool:
    path = ROOT / module.replace(".", "/")
    text = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8")
    return bool(re.search(r"^\s*(from|import) django\.(db|contrib)\b", text, re.MULTILINE))


@pytest.mark.parametrize("room", ["statuspage.renderers", "statuspage.server"])
def test_what_renders_or_serves_pages_never_comes_near_a_database(
    room: str, imports: grimp.ImportGraph
) -> None:
    assert [each for each in _reached_from(room, imports) if _imports_from_django_db(each)] == []


def test_no_file_is_in_a_circle_of_imports(imports: grimp.ImportGraph) -> None:
    TopologicalSorter(
        {module: imports.find_modules_directly_imported_by(module) for module in imports.modules}
    ).prepare()  # raises CycleError, which names the circle


FOLDER_HOLDS, ROOT_HOLDS = 24, 16
COMMANDS_HOLD = 40
"""Django looks for commands in one flat folder: they cannot be put in rooms."""


def holds(folder: Path) -> int:
    if folder.parent == ROOT:
        return ROOT_HOLDS
    return COMMANDS_HOLD if folder.parts[-2:] == ("management", "commands") else FOLDER_HOLDS


def test_no_folder_is_crowded() -> None:
    modules = Counter(path.parent for path in ALL if path.name != "__init__.py")

    assert {
        name_of(folder): count for folder, count in modules.items() if count > holds(folder)
    } == {}


def test_no_folder_of_tests_is_crowded() -> None:
    crowded = [
        name_of(folder)
        for folder in (ROOT / "tests").rglob("*/")
        if len(list(folder.glob("*.py"))) > 30
    ]

    assert crowded == []
