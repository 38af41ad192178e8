"""The opaque ids that Statuspage's formats use, in its API and in its webhooks alike."""

import hashlib
from functools import lru_cache

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=16_384)
def public_id(kind: str, number: object) -> str:
    """Return twelve lower-case characters, the same for the same object for ever."""
    digest = hashlib.sha256(f"{kind}:{number}".encode()).digest()
    return "".join(_ALPHABET[byte % 36] for byte in digest[:12])
