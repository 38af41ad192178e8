"""The codes of regions, such as `us-east-1`: how one is spelled, and lists of them."""

import re
from collections.abc import Iterable
from typing import Any

MAX_CODE_LENGTH = 40
MAX_CODES = 50
"""On one incident or window."""
_CODE = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_CODE_LENGTH}}}")


def region_code(value: Any) -> str:
    """Return a region's code without surrounding spaces. Raises ValueError saying what to write.

    Capitals stay: `US-EAST` and `us-east` are two regions in stores that have both.
    """
    code = value.strip() if isinstance(value, str) else ""
    if not _CODE.fullmatch(code):
        raise ValueError(
            f"“{str(value)[:MAX_CODE_LENGTH]}” is not the code of a region: "
            f"write letters, digits, - and _, at most {MAX_CODE_LENGTH}."
        )
    return code


def region_codes(values: Any) -> list[str]:
    """Return a list of codes, each once, in order. Raises ValueError saying what to write."""
    if not isinstance(values, list) or len(values) > MAX_CODES:
        raise ValueError(f"Write a list of at most {MAX_CODES} codes of regions.")
    return unique(map(region_code, values))


def split_codes(text: str) -> list[str]:
    """Return the codes in a line, separated by commas, each once, not yet checked."""
    return unique(code for part in text.split(",") if (code := part.strip()))


def unique(codes: Iterable[str]) -> list[str]:
    """Return each code once, in order."""
    return list(dict.fromkeys(codes))
