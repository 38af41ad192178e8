"""JSON paths: a small part of RFC 9535, names and numbers only.

`$.items[0].name`, `items[-1]["odd name"]`; the leading `$` may be left out. No wildcards, filters
or slices: a path means one value or none.
"""

import json
import re
from typing import Any

Path = tuple[str | int, ...]
_STEP = re.compile(
    r"""(?P<first>\A[^.\[\]"'\s]+)"""
    r"""|\.(?P<name>[^.\[\]"'\s]+)"""
    r"""|\[(?P<index>-?\d{1,9})\]"""
    r"""|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]"""
)
MISSING = object()


def parse(text: str) -> Path:
    """Return the steps of a path; `$` is the whole. Raises ValueError."""
    rest = text.removeprefix("$")
    whole = rest != text
    steps: list[str | int] = []
    at = 0
    while at < len(rest):
        step = _STEP.match(rest, at)
        if step is None or (whole and step["first"]):
            raise ValueError(f"{text!r} is not a path such as $.items[0].name")
        if step["index"] is not None:
            steps.append(int(step["index"]))
        elif step["quoted"] is not None:
            steps.append(str(json.loads(step["quoted"])))
        else:
            steps.append(step["first"] or step["name"])
        at = step.end()
    if not steps and not whole:
        raise ValueError("a path such as $.items[0].name is missing")
    return tuple(steps)


def find(value: Any, path: Path) -> Any:
    """Return the value at `path`; `MISSING` when there is none."""
    for step in path:
        if isinstance(step, int) and isinstance(value, list):
            if not -len(value) <= step < len(value):
                return MISSING
            value = value[step]
        elif isinstance(step, str) and isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return MISSING
    return value
