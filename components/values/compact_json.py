"""JSON without a superfluous byte: no spaces, and text as UTF-8."""

import json
from typing import Any


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def compact_bytes(value: Any) -> bytes:
    """Return JSON as UTF-8. What has no place in it, such as a lone surrogate, becomes `?`."""
    # "replace", because one bad character in a name must not take the answer away.
    return compact(value).encode("utf-8", "replace")
