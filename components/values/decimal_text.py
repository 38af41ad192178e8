"""Numbers that come as text: in forms and in the query of an address."""

import re

_DECIMAL = re.compile(r"-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?")


def read_decimal(text: str) -> float:
    """Return a number that is written as in JSON, perhaps infinite if it is too large.

    Raises ValueError for all else that Python reads: `1_000`, `٣`, `nan`, ` 5`.
    """
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError("Write a number, such as 42 or 0.5.")
    return float(text)
