"""Signs reports with Ed25519 (RFC 8032), and verifies what was signed.

The private half of a key is a stored secret: sealed with the keys of this installation, in every
backup of the store, and of no use without them. Keys are made as they are needed. One that is
replaced signs nothing more, and its public half stays, so that what it signed stays verifiable.
"""

import base64
import binascii
import hashlib
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.db import IntegrityError, transaction

from components.secrets import Sealed, SecretError
from statuspage.report_models import ReportKey

_FINGERPRINT = 16


class KeyFileError(ValueError):
    """Text is not the public half of an Ed25519 key; the message says what one looks like."""


def key_in_use() -> ReportKey | None:
    """Return the key that signs; None before the first report was frozen."""
    return ReportKey.objects.filter(in_use=True).first()


def key_or_create(*, now: datetime) -> ReportKey:
    """Return the key that signs; make the first one where there is none. Raises SecretError."""
    known = key_in_use()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return _create(now)
    except IntegrityError:
        # Another process made one at the same time: that one counts.
        return ReportKey.objects.get(in_use=True)


def replace_key(*, now: datetime) -> ReportKey:
    """Make another key, which signs from now on. Raises SecretError."""
    with transaction.atomic():
        ReportKey.objects.filter(in_use=True).update(in_use=False)
        return _create(now)


def _create(now: datetime) -> ReportKey:
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key()
    return ReportKey.objects.create(
        fingerprint=_fingerprint(public),
        public=public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        private=Sealed.of(pem.decode()),  # type: ignore[misc]  # what the field takes
        created_at=now,
    )


def sign(key: ReportKey, document: str) -> str:
    """Return the signature of a document's UTF-8, in base64. Raises SecretError."""
    if key.private is None:
        raise SecretError("the key of reports has no private half")
    private = load_pem_private_key(key.private.reveal().encode(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise SecretError("the key of reports is none of Ed25519")
    return base64.b64encode(private.sign(document.encode())).decode()


def is_signed(document: bytes, signature: bytes, *, public: str) -> bool:
    """Whether a signature is that of a document by a key, whose public half is given as PEM.

    Raises KeyFileError.
    """
    try:
        _public(public).verify(signature, document)
    except InvalidSignature:
        return False
    return True


def signature_bytes(text: str) -> bytes:
    """Return a signature that was written in base64; b'' for what is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def fingerprint(public: str) -> str:
    """Return the name of a key, whose public half is given as PEM. Raises KeyFileError."""
    return _fingerprint(_public(public))


def _public(pem: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFileError(
            "it is no public key of Ed25519 as PEM, as /status/reports/key.pem gives it"
        )
    return key


def _fingerprint(public: Ed25519PublicKey) -> str:
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:_FINGERPRINT]
