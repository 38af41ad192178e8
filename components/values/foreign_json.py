"""JSON from outside: read so that whatever passes can be stored, and written again.

JSON can say what no database column and no UTF-8 text can hold: half of a surrogate pair, a NUL,
a number of 100,000 digits, `1e999`. It is refused here, once, for every body that comes in.
"""

import json
import math
import re
from typing import Any

MAX_DEPTH = 32
"""Levels of lists and objects; the deepest body that the API knows has four."""
MAX_INTEGER = 2**63 - 1
MIN_INTEGER = -(2**63)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_TOO_DEEP = f"JSON may be nested {MAX_DEPTH} levels deep at most."
_TOO_LARGE = f"Numbers may be whole ones from {MIN_INTEGER} to {MAX_INTEGER}, or finite."


class ForeignJsonError(ValueError):
    """It is not JSON, or not such as can be stored; the message says what to write."""


def is_storable(text: str) -> bool:
    """Return whether text has neither a NUL nor half of a surrogate pair."""
    return _UNSTORABLE.search(text) is None


def load(document: bytes | str) -> Any:
    """Return the value of a JSON document in UTF-8. Raises ForeignJsonError."""
    try:
        text = document.decode() if isinstance(document, bytes) else document
    except UnicodeDecodeError:
        raise ForeignJsonError("This is not JSON: it is not UTF-8.") from None
    try:
        value = json.loads(text, parse_int=_integer, parse_float=_number, parse_constant=_constant)
    except ForeignJsonError:
        raise
    except RecursionError:
        raise ForeignJsonError(_TOO_DEEP) from None
    except ValueError as error:
        raise ForeignJsonError(f"This is not JSON: {error}.") from None
    check_storable(value)
    return value


def _integer(digits: str) -> int:
    # A longer one takes a time that grows with the square of its length to be read.
    number = int(digits) if len(digits) <= 20 else MAX_INTEGER + 1
    if not MIN_INTEGER <= number <= MAX_INTEGER:
        raise ForeignJsonError(_TOO_LARGE)
    return number


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ForeignJsonError(_TOO_LARGE)
    return number


def _constant(name: str) -> float:
    raise ForeignJsonError(f"This is not JSON: {name} is not a number there.")


def check_storable(value: Any) -> None:
    """Raise ForeignJsonError for what is nested too deeply, or has text that cannot be stored."""
    level, depth = [value], 0
    while level:
        below: list[Any] = []
        for each in level:
            if isinstance(each, str):
                _check_text(each)
            elif isinstance(each, dict):
                for name in each:
                    _check_text(name)
                below += each.values()
            elif isinstance(each, list):
                below += each
        level, depth = below, depth + 1
        if depth > MAX_DEPTH and level:
            raise ForeignJsonError(_TOO_DEEP)


def _check_text(text: str) -> None:
    if not is_storable(text):
        shown = text[:40].encode("ascii", "backslashreplace").decode()
        raise ForeignJsonError(
            f"“{shown}” has a character that is none: NUL, or half of a surrogate pair."
        )
