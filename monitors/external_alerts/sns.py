"""Verification of messages of Amazon SNS, and the confirmation of subscriptions."""

import base64
import binascii
from collections.abc import Callable, Container
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate

from components.network.guarded_get import FetchError, guarded_fetch
from monitors.alert_formats.base import AlertFormatError
from monitors.alert_formats.sns import CONFIRMATION, SnsMessage, read_message
from monitors.worker.target_guard import configured_guard

TIMEOUT = 5.0
"""Seconds for a certificate, or for a confirmation."""
MAX_BYTES = 100_000
USER_AGENT = "statuspage"
Fetch = Callable[[str], bytes]
"""Returns what an address answers. Raises FetchError."""


def fetch(url: str) -> bytes:
    """Return what an address answers, by way of the address guard. Raises FetchError."""
    return guarded_fetch(
        url, guard=configured_guard(), timeout=TIMEOUT, user_agent=USER_AGENT, max_bytes=MAX_BYTES
    )


def verify(body: Any, *, topics: Container[str], fetch: Fetch = fetch) -> None:
    """Verify a message, and confirm the subscription that it asks about.

    Only `topics` are listened to. Raises AlertFormatError naming the field.
    """
    message = read_message(body)
    if message.topic not in topics:
        text = "This topic is not among those of the setting STATUSPAGE_SNS_TOPICS."
        raise AlertFormatError("TopicArn", text)
    _verify_signature(message, fetch)
    if message.kind == CONFIRMATION:
        try:
            fetch(message.confirm_url)
        except FetchError as error:
            raise AlertFormatError("SubscribeURL", f"It cannot be confirmed: {error}.") from None


def _verify_signature(message: SnsMessage, fetch: Fetch) -> None:
    try:
        pem = _certificate(message.certificate_url, fetch)
        key = load_pem_x509_certificate(pem).public_key()
    except FetchError as error:
        text = f"The certificate cannot be fetched: {error}."
        raise AlertFormatError("SigningCertURL", text) from None
    except ValueError:
        raise AlertFormatError("SigningCertURL", "There is no certificate.") from None
    algorithm = hashes.SHA256() if message.version == "2" else hashes.SHA1()  # noqa: S303  (Amazon's)
    try:
        if not isinstance(key, rsa.RSAPublicKey):
            raise InvalidSignature
        signature = base64.b64decode(message.signature, validate=True)
        key.verify(signature, message.signed, padding.PKCS1v15(), algorithm)
    except (InvalidSignature, binascii.Error, ValueError):
        raise AlertFormatError("Signature", "The signature does not match.") from None


def clear_cache() -> None:
    """Forget the certificates that were fetched."""
    _certificate.cache_clear()


@lru_cache(maxsize=16)
def _certificate(url: str, fetch: Fetch) -> bytes:
    """Return a certificate; Amazon gives a new one a new address."""
    return fetch(url)
