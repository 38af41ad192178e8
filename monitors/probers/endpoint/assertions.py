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
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from monitors.probers.endpoint import json_path
from monitors.probers.endpoint.charsets import json_text, to_utf8
from monitors.probers.endpoint.json_body import UnreadableError, load_json
from monitors.probers.endpoint.json_budget import Budget
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
MAX_CHARACTERS = 8_192
_SUBJECT = re.compile(r"\w+")
_HEADER_NAME = re.compile(r"[^\s<>=!]+")
_REST = re.compile(
    r"(?P<inverted>\s*\bnot(?=\s))?\s*"
    r"(?P<operator><=|>=|==|!=|<|>|\b(?:in|contains|matches|exists)\b)"
    r"(?:\s*(?P<value>.*))?\Z",
    re.DOTALL,
)
_WORDS = ("in", "contains", "matches", "exists")
_TOO_MANY = re.compile(rf"\s+\S+(\s+not)?\s*([<>=!]|({'|'.join(_WORDS)})\b)")
_OUTER_SPACE = b" \t\r\n"


@dataclass(frozen=True)
class ObservedResponse:
    """A response, as far as it was read."""

    status: int
    headers: Mapping[str, str]
    """By their names in lower case; several of one name are joined by commas."""
    body: bytes
    size: int
    """Bytes of the body, as far as it was read."""
    total_ms: float
    missing: str = ""
    """What of the body is not there to be judged, in words; '' when it is there whole."""
    json_budget: Budget = field(default_factory=Budget)
    """What all the JSON paths of the response may cost together."""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    @cached_property
    def text(self) -> bytes:
        """The body's text, as UTF-8."""
        return to_utf8(self.body, self.content_type, whole=not self.missing)

    @cached_property
    def json(self) -> Any:
        """The body's value. Raises UnreadableError when it is not JSON, or was not read whole."""
        if self.missing:
            raise UnreadableError(self.missing)
        return load_json(json_text(self.body, self.content_type))


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
        """Return whether it holds. It does not when what was read does not settle it."""
        try:
            found = self._found(observed)
        except UnreadableError as error:
            return AssertionResult(self.text, False, str(error))
        if not found:
            # Nothing holds of what is not there, not even the opposite; but it does not exist.
            return AssertionResult(
                self.text, self.operator == "exists" and self.inverted, "nothing"
            )
        if observed.missing and self.subject in ("body", "size"):
            return self._judge_part(found[0], observed)
        for value in found:
            if self._holds(value) is self.inverted:
                return AssertionResult(self.text, False, self._display(value))
        return AssertionResult(self.text, True, self._display(found[0]))

    def _found(self, observed: ObservedResponse) -> list[Any]:
        """Return what it is about: several values only of a JSON path that finds several."""
        if self.subject == "header":
            name = self.name.lower()
            return [observed.headers[name]] if name in observed.headers else []
        if self.subject == "json":
            return json_path.find(observed.json, self.path, budget=observed.json_budget)
        if self.subject == "body":
            return [observed.text]
        return [
            {"status": observed.status, "size": observed.size, "time": observed.total_ms}[
                self.subject
            ]
        ]

    def _judge_part(self, found: Any, observed: ObservedResponse) -> AssertionResult:
        """Judge a body or its size of which only the beginning was read."""
        settled = (
            self._is_settled_by_part(found)
            if self.subject == "body"
            else self._is_settled_from(found)
        )
        passed = settled and self._holds(found) is not self.inverted
        return AssertionResult(
            self.text, passed, self._display(found) if settled else observed.missing
        )

    def _is_settled_by_part(self, part: bytes) -> bool:
        """Return whether the rest of the body cannot matter: what was looked for is there."""
        if self.operator == "matches":
            match = self.value.search(part)
            # At the very end `$` matches, and `\b`, that would not with the rest behind it.
            return match is not None and match.end() < len(part)
        if self.operator in _EQUAL:
            return not self.value.startswith(part.strip(_OUTER_SPACE))
        return self.value in part

    def _is_settled_from(self, size: float) -> bool:
        """Return whether it is the same for each greater size as for this one."""
        if self.operator in _EQUAL:
            return bool(size > self.value)
        return self._holds(size) is self._holds(math.inf)

    def _holds(self, found: Any) -> bool:
        if self.operator == "exists":
            return True
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
        if self.subject == "body":
            # A line's end is written by editors and programs without anybody meaning it.
            return bool(found.strip(_OUTER_SPACE) == self.value)
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
    text = text.strip()
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"{_quoted(text)} is longer than {MAX_CHARACTERS} characters")
    begin = _SUBJECT.match(text)
    subject = begin[0] if begin else text.split(maxsplit=1)[0] if text else ""
    if subject not in _OPERATORS:
        raise ValueError(f"{_quoted(text)} must begin with one of {', '.join(_OPERATORS)}")
    name, end = _name(subject, text)
    rest = _REST.match(text, end)
    if rest is None or rest["operator"] not in _OPERATORS[subject]:
        if rest is None and subject not in _WITH_NAME and _TOO_MANY.match(text, end):
            raise ValueError(f"{_quoted(text)} has one word too many after “{subject}”")
        if name in _WORDS:
            raise ValueError(f"{_quoted(text)} needs a name after “{subject}”")
        known = ", ".join(_OPERATORS[subject])
        raise ValueError(f"{_quoted(text)} needs one of these after {_quoted(text[:end])}: {known}")
    try:
        path = json_path.parse(name) if subject == "json" else ()
        value = _value(subject, rest["operator"], (rest["value"] or "").strip())
    except ValueError as error:
        raise ValueError(f"{_quoted(text)}: {error}") from None
    return Assertion(text, subject, name, path, bool(rest["inverted"]), rest["operator"], value)


def _name(subject: str, text: str) -> tuple[str, int]:
    """Return the header's name or the JSON path, '' for other subjects, and where it ends."""
    at = len(subject)
    if subject not in _WITH_NAME:
        return "", at
    start = len(text) - len(text[at:].lstrip())
    if subject == "json":
        end = json_path.end_of_path(text, start)
    else:
        match = _HEADER_NAME.match(text, start)
        end = match.end() if match else start
    name = text[start:end]
    if start == at or not name or name == "not":
        raise ValueError(f"{_quoted(text)} needs a name after “{subject}”")
    return name, end


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
