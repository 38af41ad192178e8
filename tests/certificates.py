"""Certificates for real TLS servers in tests: good ones, and ones that are wrong in every way."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOCAL = "127.0.0.1"
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key. If it is self-signed, trusting it means trusting `path`."""

    path: Path
    """What a server presents: the certificate and, after it, those that vouch for it."""
    key_path: Path


def make_certificate(
    folder: Path,
    *,
    names: tuple[str, ...] = ("localhost", LOCAL),
    days_left: float = 30,
    days_old: float | None = None,
    issuer: Certificate | None = None,
    with_chain: bool = True,
    must_staple: bool = False,
    alternative_names: bool = True,
) -> Certificate:
    """Make a certificate for `names`, valid for `days_left` more days, and store it in `folder`.

    It is valid since `days_old` days, by default since a year before its end. Without an `issuer`
    it is self-signed; `with_chain` has the server present the issuer's certificates as well,
    except for a root. Without `alternative_names` its name is but a common name.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = dt.datetime.now(dt.UTC)
    until = now + days_left * _DAY
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_read(issuer)[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - 365 * _DAY if days_old is None else now - days_old * _DAY)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    if alternative_names:
        others = x509.SubjectAlternativeName([_general_name(name) for name in names])
        builder = builder.add_extension(others, critical=False)
    if must_staple:
        feature = x509.TLSFeature([x509.TLSFeatureType.status_request])
        builder = builder.add_extension(feature, critical=False)
    signing = _key(issuer) if issuer else key
    chain = [builder.sign(signing, hashes.SHA256())]
    if issuer and with_chain:
        chain += [each for each in _read(issuer) if each.issuer != each.subject]
    made = Certificate(folder / f"{names[0]}.pem", folder / f"{names[0]}.key")
    pem = serialization.Encoding.PEM
    made.path.write_bytes(b"".join(each.public_bytes(pem) for each in chain))
    made.key_path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


def renew(certificate: Certificate, *, issuer: Certificate, days_left: float) -> str:
    """Return the PEM of another certificate of the same name and key."""
    old, signing = _read(certificate)[0], _key(issuer)
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(_read(issuer)[0].subject)
        .public_key(old.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + days_left * _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    pem = builder.sign(signing, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return pem.decode()


def _read(certificate: Certificate) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(certificate.path.read_bytes())


def _key(certificate: Certificate) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(certificate.key_path.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
