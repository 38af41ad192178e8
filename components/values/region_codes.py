"""The codes of regions, such as `us-east-1`: how one is spelled, and lists of them."""

import re
from collections.abc import Iterable
from typing import Any

LONGEST_CODE = 40
MOST_CODES = 50
"""On one incident or window."""
_CODE = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_CODE}}}")


def region_code(value: Any) -> str:
    """A region's code without the spaces around it. Raises ValueError saying what to write.

    Capitals stay: `US-EAST` and `us-east` are two regions in stores that have both.
    """
    code = value.strip() if isinstance(value, str) else ""
    if not _CODE.fullmatch(code):
        raise ValueError(
            f"“{str(value)[:LONGEST_CODE]}” is not the code of a region: "
            f"write letters, digits, - and _, at most {LONGEST_CODE}."
        )
    return code


def region_codes(values: Any) -> list[str]:
    """A list of codes, each once, in their order. Raises ValueError saying what to write."""
    if not isinstance(values, list) or len(values) > MOST_CODES:
        raise ValueError(f"Write a list of at most {MOST_CODES} codes of regions.")
    return unique(map(region_code, values))


def split_codes(text: str) -> list[str]:
    """The codes that stand in a line, separated by commas, each once, not yet checked."""
    return unique(code for part in text.split(",") if (code := part.strip()))


def unique(codes: Iterable[str]) -> list[str]:
    """Each code once, in their order."""
    return list(dict.fromkeys(codes))
