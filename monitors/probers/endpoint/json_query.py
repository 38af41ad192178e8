"""JSON paths that may find several values, by the library `jsonpath`, with their cost bounded.

Each value that is visited, compared or searched is paid for, at the rate of what it takes, those
inside of filters as well. Patterns are RE2's, in linear time. Apart from that it is RFC 9535.
"""

import threading
from collections.abc import Iterable, Sequence
from typing import Any

from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError, JSONPathMatch
from jsonpath.filter import FilterQuery, StringLiteral, walk
from jsonpath.function_extensions import ExpressionType, FilterFunction

from monitors.probers.endpoint.json_body import UnreadableError
from monitors.probers.endpoint.json_budget import Budget
from monitors.probing.base import one_line
from monitors.probing.regex import compile_pattern

_NODE, _SELECTOR, _COMPARISON, _PATTERN = 10, 3, 10, 500
_CHARACTERS_PER_UNIT = 10


class _Spending(threading.local):
    """What the evaluation of this thread may spend, and on what."""

    budget = Budget()
    per_node = per_child = 0


_spending = _Spending()


def _charge(units: int) -> None:
    _spending.budget.charge(units)


class _Node(JSONPathMatch):
    """A visited value. Whoever visits it may look at all that is directly in it."""

    __slots__ = ()

    def __init__(self, **given: Any) -> None:
        inside = given["obj"]
        children = len(inside) if isinstance(inside, dict | list) else 0
        _charge(_spending.per_node + children * _spending.per_child)
        super().__init__(**given)

    def new_child(self, obj: object, key: int | str) -> "_Node":
        # Nobody asks where it was found, and a long way costs.
        return _Node(
            filter_context=self._filter_context,
            obj=obj,
            parent=None,
            path="",
            parts=(),
            root=self.root,
        )

    def add_child(self, *children: JSONPathMatch) -> None:
        """Forget it: nobody asks for the children."""


class _BoundedPath(JSONPath):
    """A path within a filter, which is followed for each value that is filtered."""

    def finditer(self, data: Any, *, filter_context: Any = None) -> Iterable[JSONPathMatch]:
        # `$` is the whole document in filters within filters, too.
        root = (filter_context or {"root": data})["root"]
        start = _Node(
            filter_context={"root": root}, obj=data, parent=None, path="", parts=(), root=root
        )
        found: Iterable[JSONPathMatch] = [start]
        for segment in self.segments:
            found = segment.resolve(found)
        return found


class _Matches(FilterFunction):
    """The functions `match` (the whole text) and `search` (part of it), by RE2."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]
    return_type = ExpressionType.LOGICAL

    def __init__(self, method: str) -> None:
        self._method = method

    def __call__(self, text: object, pattern: object) -> bool:
        if not isinstance(text, str) or not isinstance(pattern, str):
            return False
        _charge(_PATTERN + len(text) // _CHARACTERS_PER_UNIT)
        try:
            compiled = compile_pattern(pattern)
        except ValueError:
            return False
        return getattr(compiled, self._method)(text.encode(errors="replace")) is not None


class _Environment(JSONPathEnvironment):
    """RFC 9535 and nothing else."""

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        standard = ("length", "count", "value")
        self.function_extensions = {
            **{name: self.function_extensions[name] for name in standard},
            "match": _Matches("fullmatch"),
            "search": _Matches("search"),
        }

    def check_well_typedness(self, token: Any, func: FilterFunction, args: Sequence[Any]) -> None:
        super().check_well_typedness(token, func, list(args))
        if isinstance(func, _Matches) and isinstance(args[1], StringLiteral):
            compile_pattern(args[1].value)

    def compare(self, left: object, operator: str, right: object) -> bool:
        _charge(_COMPARISON)
        if isinstance(left, str) and isinstance(right, str):
            _charge(min(len(left), len(right)) // 1000)
        elif isinstance(left, dict | list) and isinstance(right, dict | list):
            _charge_all(left)
        return bool(super().compare(left, operator, right))


def _charge_all(value: object) -> None:
    """Charge for everything in a value, however deep."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict | list):
            _charge(1 + len(each))
            waiting.extend(each.values() if isinstance(each, dict) else each)


_ENVIRONMENT = _Environment(strict=True, filter_caching=False)


class Query:
    """A parsed path."""

    def __init__(self, path: JSONPath, text: str) -> None:
        self._path = path
        self._per_node = _NODE + _SELECTOR * text.count(",")
        self._per_child = len(text) if "?" in text else 1

    def find(self, value: Any, budget: Budget) -> list[Any]:
        """Return the values that it finds. Raises UnreadableError when that costs too much."""
        _spending.budget = budget
        _spending.per_node, _spending.per_child = self._per_node, self._per_child
        try:
            return [node.obj for node in self._path.finditer(value)]
        except (JSONPathError, RecursionError):
            raise UnreadableError("values nested too deep for this path") from None


def parse(text: str) -> Query:
    """Return a path, which begins with `$`. Raises ValueError."""
    try:
        parsed = _ENVIRONMENT.compile(text)
    except (JSONPathError, RecursionError, ValueError) as error:
        why = one_line(str(error).partition("\n")[0], limit=100)
        raise ValueError(
            f"{text!r} is not a path such as $.items[0].name or $.items[*].name: {why}"
        ) from None
    if not isinstance(parsed, JSONPath):
        raise ValueError(f"{text!r} is more than one path")
    return Query(_bounded(parsed), text)


def _bounded(path: JSONPath) -> JSONPath:
    """Return a path whose own paths, those in its filters, are bounded as well."""
    for segment in path.segments:
        for selector in segment.selectors:
            expression = getattr(selector, "expression", None)
            for part in walk(expression) if expression is not None else ():
                if isinstance(part, FilterQuery):
                    part.path = _BoundedPath(env=_ENVIRONMENT, segments=part.path.segments)
    return _BoundedPath(env=_ENVIRONMENT, segments=path.segments)
