"""JSON paths (RFC 9535), and which part of a line is one.

A path of names and indices only, such as `$.items[0].name`, is followed here; the leading `$` may
be left out. All others (`$.items[*]`, `$..id`, `$[?@.state == "down"]`) are left to a library,
which is not even loaded for the former. What they cost is bounded.
"""

import importlib
import json
import re
from collections.abc import Iterator
from typing import Any, Protocol

from monitors.probers.endpoint.json_budget import Budget

MAX_CHARACTERS = 500
MAX_NESTING = 20
_STEP = re.compile(
    r"""(?P<first>\A[^.\[\]"'\s*]+)"""
    r"""|\.(?P<name>[^.\[\]"'\s*]+)"""
    r"""|\[(?P<index>-?(?:0|[1-9]\d{0,8}))\]"""
    r"""|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]"""
    r"""|\['(?P<plain>[^'\\]*)'\]"""
)
_BEFORE_OPERATOR = re.compile(r"[\s<>=!]")


class Query(Protocol):
    """A path that may find several values."""

    def find(self, value: Any, budget: Budget) -> list[Any]:
        """Return the values that it finds. Raises UnreadableError when that costs too much."""


Path = tuple[str | int, ...] | Query


def parse(text: str) -> Path:
    """Return a path to be followed; `$` is the whole. Raises ValueError."""
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"the path is longer than {MAX_CHARACTERS} characters")
    steps = _steps(text)
    if steps is not None:
        return steps
    if _nesting(text) > MAX_NESTING:
        raise ValueError(f"the path is nested more than {MAX_NESTING} times")
    if not text.startswith("$"):
        text = f"${text}" if text.startswith(("[", ".")) else f"$.{text}"
    query: Any = importlib.import_module("monitors.probers.endpoint.json_query")
    parsed: Query = query.parse(text)
    return parsed


def find(value: Any, path: Path, *, budget: Budget) -> list[Any]:
    """Return the values at `path`. Raises UnreadableError when finding them costs too much."""
    if not isinstance(path, tuple):
        return path.find(value, budget)
    for step in path:
        if isinstance(step, int) and isinstance(value, list):
            if not -len(value) <= step < len(value):
                return []
            value = value[step]
        elif isinstance(step, str) and isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return []
    return [value]


def end_of_path(text: str, at: int) -> int:
    """Return where the path that begins at `at` ends: before a space or a comparison.

    Those within brackets belong to the path.
    """
    for place, character, depth in _outside_quotes(text, at):
        if depth == 0 and _BEFORE_OPERATOR.match(character):
            return place
    return len(text)


def _nesting(text: str) -> int:
    """Return how many brackets are open at most, and negations written, which nest as well."""
    outside = list(_outside_quotes(text, 0))
    negations = sum(
        character == "!" and text[at + 1 : at + 2] != "=" for at, character, _ in outside
    )
    return negations + max((depth for _, _, depth in outside), default=0)


def _outside_quotes(text: str, at: int) -> Iterator[tuple[int, str, int]]:
    """Yield each character outside of quotes with its place and how many brackets are open."""
    depth, quote = 0, ""
    while at < len(text):
        character = text[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in "\"'" and depth:
            quote = character
        else:
            if character in "[(":
                depth += 1
            elif character in "])":
                depth = max(0, depth - 1)
            yield at, character, depth
        at += 1


def _steps(text: str) -> tuple[str | int, ...] | None:
    """Return names and indices; None when there is something else in the path."""
    rest = text.removeprefix("$")
    whole = rest != text
    steps: list[str | int] = []
    at = 0
    while at < len(rest):
        step = _STEP.match(rest, at)
        if step is None or (whole and step["first"]):
            return None
        if step["index"] is not None:
            steps.append(int(step["index"]))
        elif step["quoted"] is not None:
            try:
                steps.append(str(json.loads(step["quoted"])))
            except ValueError:
                return None
        else:
            steps.append(step["first"] or step["name"] or step["plain"])
        at = step.end()
    return tuple(steps) if steps or whole else None
