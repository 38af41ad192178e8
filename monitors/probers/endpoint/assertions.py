"""Assertions about a response, one a line: `SUBJECT [not] OPERATOR VALUE`.

    status in 200-299,304
    header Content-Type contains json
    body not matches (?i)error|exception
    json $.queue.length < 100
    size <= 20000
    time < 1500

Times are in milliseconds, sizes in bytes. `matches` takes RE2. What `json` is compared with is
read as JSON, or taken as text when it is none.
"""

import json
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from monitors.probers.endpoint import json_path
from monitors.probers.endpoint.status_ranges import parse_statuses
from monitors.probing.base import AssertionResult, one_line
from monitors.probing.regex import compile_pattern

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
_EQUAL = ("==", "!=")
_TEXT = ("contains", "matches")
_OPERATORS: dict[str, tuple[str, ...]] = {
    "status": (*_ORDER, *_EQUAL, "in"),
    "header": (*_ORDER, *_EQUAL, *_TEXT, "exists"),
    "body": (*_EQUAL, *_TEXT),
    "json": (*_ORDER, *_EQUAL, *_TEXT, "exists"),
    "size": (*_ORDER, *_EQUAL),
    "time": tuple(_ORDER),
}
_WITH_NAME = ("header", "json")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_LINE = re.compile(
    r"(?P<subject>\w+)"
    rf"(?:\s+(?P<name>(?:[^\s\[]|\[(?:{_QUOTED}|[^\]\"]*)\])+))??"
    r"(?:\s+(?P<inverted>not))?"
    r"\s*(?P<operator><=|>=|==|!=|<|>|\b(?:in|contains|matches|exists)\b)"
    r"(?:\s*(?P<value>.*))?\Z",
    re.DOTALL,
)


@dataclass(frozen=True)
class ObservedResponse:
    """A response, as far as it was read."""

    status: int
    headers: Mapping[str, str]
    """By their names in lower case; several of one name are joined by commas."""
    body: bytes
    size: int
    """Bytes of the body; if it was cut off, one more than were read."""
    total_ms: float

    @cached_property
    def json(self) -> Any:
        """The body's value; `MISSING` when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return json_path.MISSING


@dataclass(frozen=True, slots=True)
class Assertion:
    """One parsed line."""

    text: str
    subject: str
    name: str
    path: json_path.Path
    inverted: bool
    operator: str
    value: Any
    """A number, text, bytes, a set of codes, a pattern or a JSON value, as the operator needs."""

    def judge(self, observed: ObservedResponse) -> AssertionResult:
        found = self._found(observed)
        if found is json_path.MISSING:
            missing = "nothing" if observed.json is not json_path.MISSING else "no JSON"
            found_text = missing if self.subject == "json" else "nothing"
            # Nothing holds of what is not there, not even the opposite; but it does not exist.
            return AssertionResult(
                self.text, self.operator == "exists" and self.inverted, found_text
            )
        holds = self.operator == "exists" or self._holds(found)
        return AssertionResult(self.text, holds is not self.inverted, self._display(found))

    def _found(self, observed: ObservedResponse) -> Any:
        if self.subject == "header":
            return observed.headers.get(self.name.lower(), json_path.MISSING)
        if self.subject == "json":
            return json_path.find(observed.json, self.path)
        return {
            "status": observed.status,
            "body": observed.body,
            "size": observed.size,
            "time": observed.total_ms,
        }[self.subject]

    def _holds(self, found: Any) -> bool:
        if self.operator == "in":
            return found in self.value
        if self.operator in _ORDER:
            number = _number(found)
            return number is not None and _ORDER[self.operator](number, self.value)
        if self.operator in _EQUAL:
            return self._equals(found) is (self.operator == "==")
        text = found if isinstance(found, bytes) else _text(found).encode(errors="replace")
        if self.operator == "contains":
            return self.value in text
        return self.value.search(text) is not None

    def _equals(self, found: Any) -> bool:
        if self.subject != "json":
            return bool(found == self.value)
        typed, raw = self.value
        # JSON's true is not its 1, though Python's is.
        same = found == typed and isinstance(found, bool) is isinstance(typed, bool)
        return same or found == raw

    def _display(self, found: Any) -> str:
        if self.subject == "body":
            return f"{len(found)} bytes"
        if self.subject == "time":
            return f"{found:.0f} ms"
        return one_line(_text(found), limit=80)


def parse_assertion(text: str) -> Assertion:
    """Parse an assertion. Raises ValueError, which says what to write."""
    line = _LINE.match(text.strip())
    subject = line["subject"] if line else text.split(maxsplit=1)[0] if text.strip() else ""
    if subject not in _OPERATORS:
        raise ValueError(f"{_quoted(text)} must begin with one of {', '.join(_OPERATORS)}")
    if line is None or line["operator"] not in _OPERATORS[subject]:
        known = ", ".join(_OPERATORS[subject])
        raise ValueError(f"{_quoted(text)} needs one of these after “{subject}”: {known}")
    name = line["name"] or ""
    if (subject in _WITH_NAME) is not bool(name):
        problem = "needs a name after" if subject in _WITH_NAME else "has one word too many after"
        raise ValueError(f"{_quoted(text)} {problem} “{subject}”")
    try:
        path = json_path.parse(name) if subject == "json" else ()
        value = _value(subject, line["operator"], (line["value"] or "").strip())
    except ValueError as error:
        raise ValueError(f"{_quoted(text)}: {error}") from None
    return Assertion(
        text.strip(), subject, name, path, bool(line["inverted"]), line["operator"], value
    )


def _value(subject: str, operator_: str, text: str) -> Any:
    if operator_ == "exists":
        if text:
            raise ValueError("“exists” takes no value")
        return None
    if not text:
        raise ValueError("the value is missing")
    if operator_ == "in":
        return parse_statuses(text)
    if operator_ in _ORDER or subject in ("status", "size"):
        number = _number(text)
        if number is None or not math.isfinite(number):
            raise ValueError(f"{text!r} is not a number")
        return number
    if operator_ == "matches":
        return compile_pattern(text)
    if operator_ == "contains" or subject == "body":
        return text.encode()
    return _json_or_text(text) if subject == "json" else text


def _json_or_text(text: str) -> tuple[Any, str]:
    try:
        return json.loads(text), text
    except (ValueError, RecursionError):
        return text, text


def _number(found: Any) -> float | None:
    if isinstance(found, bool):
        return None
    if isinstance(found, int | float):
        return found
    try:
        return float(found)
    except (TypeError, ValueError):
        return None


def _text(found: Any) -> str:
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _quoted(text: str) -> str:
    return f"“{one_line(text, limit=60)}”"
