"""The value of a JSON body (RFC 8259), of bounded cost."""

import gc
import json
import threading
from typing import Any, NoReturn

MAX_VALUES = 500_000
"""More values than this are not read: they would hold up other checks for too long."""
_loading = threading.Lock()


class UnreadableError(Exception):
    """There is no value to be judged; the message says what is there instead."""


def load_json(text: str) -> Any:
    """Return the value. Raises UnreadableError when it is not JSON, or too much of it."""
    if len(text) > MAX_VALUES and sum(map(text.count, ",[{")) > MAX_VALUES:
        raise UnreadableError(f"JSON of more than {MAX_VALUES} values")
    with _loading:
        # Nothing of it is garbage yet, though a hundred thousand lists look like some.
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            return _DECODER.decode(text)
        except (ValueError, RecursionError):
            raise UnreadableError("no JSON") from None
        finally:
            if was_enabled:
                gc.enable()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
