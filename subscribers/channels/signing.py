"""Signatures of webhooks as Standard Webhooks has them (standardwebhooks.com). No Django.

What is signed is `id.timestamp.body`, so that a receiver knows a repeat from a replay. While
a secret is being replaced, each message carries a signature by the new one and by the former one:
a receiver that knows either accepts it.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"


def new_secret() -> str:
    """Return a secret of 32 random bytes, as it is shown to its owner."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def headers(
    message_id: str, body: bytes, *, at: float, secrets: Iterable[str]
) -> list[tuple[str, str]]:
    """Return the headers of one message sent at `at`, in seconds since the epoch."""
    stamp = str(int(at))
    signed = f"{message_id}.{stamp}.".encode() + body
    signatures = " ".join(_signature(secret, signed) for secret in secrets)
    unsigned = [("webhook-id", message_id), ("webhook-timestamp", stamp)]
    return [*unsigned, ("webhook-signature", signatures)] if signatures else unsigned


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode("ascii")
