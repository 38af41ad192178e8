"""Validators of certificates and keys as text (PEM) in settings; each raises ValueError."""

from typing import Annotated

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from pydantic import AfterValidator, Field


def validate_certificates(text: str) -> str:
    """Return the stripped text of one certificate or several, or none."""
    if text.strip():
        _load_certificates(text)
    return text.strip()


def _load_certificates(text: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise ValueError("is not a certificate in PEM (-----BEGIN CERTIFICATE-----)") from None


Authorities = Annotated[
    str,
    Field(
        max_length=100_000,
        description="Certificates (PEM) of authorities to trust instead of the system's.",
    ),
    AfterValidator(validate_certificates),
]
"""The setting of every kind that verifies certificates."""


def validate_private_key(text: str) -> str:
    """Return the text of one private key without a password."""
    _public_key(text)
    return text


def is_key_of(certificate: str, key: str) -> bool:
    """Return whether the key is that of the first certificate."""
    public = _load_certificates(certificate)[0].public_key()
    return _public_key(key) == public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _public_key(text: str) -> bytes:
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise ValueError("must not be encrypted with a password: it is kept as a secret") from None
    except Exception:  # noqa: BLE001  (what it raises for nonsense depends on the nonsense)
        raise ValueError("is not a private key in PEM (-----BEGIN PRIVATE KEY-----)") from None
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
