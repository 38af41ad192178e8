"""The opaque ids that Statuspage's formats use, in its API and in its webhooks alike."""

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_ID = re.compile(r"[0-9a-z]{12}")


@lru_cache(maxsize=16_384)
def public_id(kind: str, number: object) -> str:
    """Return twelve lower-case characters, the same for the same object for ever."""
    return _make(kind, number)


def find_number(kind: str, text: str, numbers: Iterable[int]) -> int | None:
    """Return which of these numbers has a public id; None when none of them has.

    An id cannot be read backwards: put first what is asked for most.
    """
    if not _ID.fullmatch(text):
        return None
    return next((number for number in numbers if _make(kind, number) == text), None)


def _make(kind: str, number: object) -> str:
    digest = hashlib.sha256(f"{kind}:{number}".encode()).digest()
    return "".join(_ALPHABET[byte % 36] for byte in digest[:12])
