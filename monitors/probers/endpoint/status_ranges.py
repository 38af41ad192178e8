"""Ranges of HTTP status codes, as people write them."""

import re

_RANGE = re.compile(r"\s*([1-9]\d\d)(?:\s*-\s*([1-9]\d\d))?\s*\Z")


def parse_statuses(text: str) -> frozenset[int]:
    """Return the codes that "200-299,404" names. Raises ValueError."""
    codes: set[int] = set()
    for part in text.split(","):
        match = _RANGE.match(part)
        if match is None:
            raise ValueError(f"{part.strip()!r} is not a status such as 200 or 200-299")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"{part.strip()!r} runs backwards")
        codes.update(range(first, last + 1))
    return frozenset(codes)
