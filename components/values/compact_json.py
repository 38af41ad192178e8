"""JSON without a superfluous byte: no spaces, and text as UTF-8."""

import json
from typing import Any


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def compact_bytes(value: Any) -> bytes:
    """As UTF-8. What has no place in it, such as half of a pair of surrogates, becomes `?`."""
    # "replace", because one bad character in a name must not take the answer away.
    return compact(value).encode("utf-8", "replace")
