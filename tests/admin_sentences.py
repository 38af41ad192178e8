"""Finds the sentences of errors that the admin may show: what services and rules refuse with.

They are English where they are raised; `components.backoffice.sentences` looks them up where the
admin shows them. A value in an f-string becomes a `{name}`, named after what it is made from.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.messages import ROOT, Text

_ERRORS = frozenset({
    "ValueError", "ValidationError", "ConflictError", "RuleError", "PlaceholderError", "UndoError",
    "PictureError", "OwnCssError", "SecretError", "KeyFormatError", "ForeignJsonError", "BusyError",
    "UnknownChannelError", "AddressError", "NotAdmittedError", "PermissionDenied", "ManagedError",
    "IDNAError",
})  # fmt: skip
_FOLDERS = (
    "components", "incidents", "maintenance", "monitors", "subscribers", "statuspage/access",
    "statuspage/accounts", "statuspage/automation", "statuspage/backoffice", "statuspage/pages",
    "statuspage/state", "statuspage/catalogue/protection.py", "statuspage/models.py",
    "statuspage/staff_models.py",
)  # fmt: skip
_NOT_IN_THE_ADMIN = (
    "components/journal/event_types", "components/filesystem", "monitors/agent",
    "monitors/probers/registry", "subscribers/delivery", "statuspage/accounts/break_glass",
    "incidents/backfill",
)  # fmt: skip
_WHOLE = ("components/values/shape_errors.py", "components/values/field_names.py",
          "incidents/workflow.py")  # fmt: skip
"""Modules that say what is wrong in tables and returned values: all their sentences count."""
_NO_NAMES = frozenset({"join", "str", "sorted", "one_line", "type", "len", "self", "shown",
                       "_quoted", "format"})  # fmt: skip


def of_errors() -> Iterator[tuple[Path, Text]]:
    """Yield the sentences of errors with the modules that they are in."""
    for path in _modules():
        tree = ast.parse(path.read_text())
        whole = str(path.relative_to(ROOT)) in _WHOLE
        for node in _sentences(tree) if whole else _refusals(tree):
            if (text := _text(node)) and " " in text:
                yield path, (text, "")


def _modules() -> Iterator[Path]:
    for each in _FOLDERS:
        place = ROOT / each
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if "migrations" not in path.parts and not name.startswith(_NOT_IN_THE_ADMIN):
                yield path


def _refusals(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the arguments of what is raised, and those of `{"field": …}` in them."""
    for node in ast.walk(tree):
        call = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(call, ast.Call) and call.args and _name_of(call.func) in _ERRORS:
            yield from _texts(call.args[0])


def _name_of(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _texts(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Dict):
        for value in node.values:
            yield from _texts(value)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    else:
        yield node


def _sentences(tree: ast.Module) -> Iterator[ast.expr]:
    documented = {
        node.value for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }  # fmt: skip
    parts = {
        part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and node not in documented | parts:
            text = _text(node)
            if text and text[0].isupper() and text.endswith("."):
                yield node


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    text, names = "", []
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value).replace("{", "{{").replace("}", "}}")
        elif isinstance(part, ast.FormattedValue):
            name = _value_name(part.value)
            names.append(name)
            text += f"{{{name}{names.count(name) if names.count(name) > 1 else ''}}}"
    # Values alone would match everything.
    beside = re.sub(r"\{\w+\}|\s", "", text)
    return text if len(beside) >= len("secret") else ""


def _value_name(node: ast.expr) -> str:
    """Return a name for a value: that of what it is made from."""
    found = [
        each.id if isinstance(each, ast.Name) else each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Name | ast.Attribute)
    ]
    named = [each for each in found if each not in _NO_NAMES]
    return (named[-1] if named else "value").strip("_").lower()
