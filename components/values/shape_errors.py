"""Sentences for what pydantic finds wrong with a value: what to write instead.

Only the kind of a mistake and its bounds are used, never what was written: that may be a secret.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from components.values.field_names import unknown_field

_WORDS: Mapping[str, str] = {
    "missing": "This field is required.",
    "none_required": "Leave it out, or write null.",
    "bool": "Write true or false.",
    "int": "Write a whole number.",
    "float": "Write a number.",
    "finite_number": "Write a finite number.",
    "string": "Write text.",
    "bytes": "Write text.",
    "list": "Write a list.",
    "tuple": "Write a list.",
    "set": "Write a list.",
    "dict": "Write an object with names and values.",
    "model": "Write an object with names and values.",
    "mapping": "Write an object with names and values.",
    "date": "Write a date, as 2026-12-01.",
    "time": "Write a time of day, as 22:00.",
    "datetime": "Write a date and time, as 2026-12-01T02:00:00Z.",
    "time_delta": "Write a number of seconds.",
    "uuid": "Write a UUID.",
    "url": "Write a complete address, as https://example.com/.",
    "json": "Write JSON.",
}
"""By a kind's whole name, or its beginning, as in `int_type` and `int_parsing`."""
_BOUNDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than": lambda of: f"Write a number greater than {of['gt']}.",
    "greater_than_equal": lambda of: f"Write a number of {of['ge']} or more.",
    "less_than": lambda of: f"Write a number less than {of['lt']}.",
    "less_than_equal": lambda of: f"Write a number of {of['le']} or less.",
    "multiple_of": lambda of: f"Write a multiple of {of['multiple_of']}.",
    "string_too_short": lambda of: (
        "Write at least 1 character."
        if of["min_length"] == 1
        else f"Write at least {of['min_length']} characters."
    ),
    "string_too_long": lambda of: (
        "Write at most 1 character."
        if of["max_length"] == 1
        else f"Write at most {of['max_length']} characters."
    ),
    "too_short": lambda of: (
        "Write at least 1 entry."
        if of["min_length"] == 1
        else f"Write at least {of['min_length']} entries."
    ),
    "too_long": lambda of: (
        "Write at most 1 entry."
        if of["max_length"] == 1
        else f"Write at most {of['max_length']} entries."
    ),
    "literal_error": lambda of: f"Write {_choices(of['expected'])}.",
    "enum": lambda of: f"Write {_choices(of['expected'])}.",
    "string_pattern_mismatch": lambda of: f"Write text that matches {of['pattern']}.",
    "int_parsing_size": lambda of: "Write a smaller number.",
}


def shape_sentence(problem: Mapping[str, Any], *, known: Collection[str] = ()) -> str:
    """Return one of pydantic's errors as a sentence; `known` are the names that fields have."""
    kind, bounds = str(problem["type"]), problem.get("ctx") or {}
    if kind == "extra_forbidden":
        return unknown_field(str(problem["loc"][-1]) if problem["loc"] else "", known)
    try:
        if kind in _BOUNDS:
            return _BOUNDS[kind](bounds)
    except KeyError:
        pass  # told without its bounds
    if kind in ("value_error", "assertion_error"):
        return _sentence(re.sub(r"^(Value error|Assertion failed), ", "", str(problem["msg"])))
    for name in (kind, kind.rsplit("_", 1)[0], kind.split("_", 1)[0]):
        if name in _WORDS:
            return _WORDS[name]
    text = re.sub(r"^(Input|Value) should be ", "It must be ", str(problem["msg"]))
    return _sentence(re.sub(r"^(Input|Value) should ", "It must ", text))


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _choices(expected: str) -> str:
    """Return pydantic's list `'a', 'b' or 'c'` as `a, b or c`; an empty one stays visible."""
    return re.sub(r"'([^']+)'", r"\1", expected)
