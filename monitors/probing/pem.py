"""Certificates and keys as text (PEM) in a monitor's settings; each check raises ValueError."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)


def certificates(text: str) -> str:
    """One certificate or several, or none."""
    if text.strip():
        _loaded(text)
    return text.strip()


def _loaded(text: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise ValueError("is not a certificate in PEM (-----BEGIN CERTIFICATE-----)") from None


def private_key(text: str) -> str:
    _public_of(text)
    return text


def belongs(certificate: str, key: str) -> bool:
    """Whether the key is that of the first certificate."""
    public = _loaded(certificate)[0].public_key()
    return _public_of(key) == public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _public_of(text: str) -> bytes:
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise ValueError("must not be encrypted with a password: it is kept as a secret") from None
    except Exception:  # noqa: BLE001  (what it raises for nonsense depends on the nonsense)
        raise ValueError("is not a private key in PEM (-----BEGIN PRIVATE KEY-----)") from None
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
