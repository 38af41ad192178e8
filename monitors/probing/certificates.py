"""What certificates say, in words (dates, names, issuer), and who vouches for them."""

import datetime as dt
import re
from base64 import b64decode
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from monitors.probing.base import PresentedCertificate, one_line

_HOUR = 3600.0
_DAY = 24 * _HOUR
_MONTH = 30.44 * _DAY
_MAX_PATH = 10
_PEM = re.compile(rb"-----BEGIN [^-\n]*CERTIFICATE-----([^-]+)-----END")


def format_duration(seconds: float) -> str:
    """Format a length of time for people: whole days, below one day whole hours."""
    if seconds >= _DAY:
        number, unit = int(seconds // _DAY), "day"
    elif seconds >= _HOUR:
        number, unit = int(seconds // _HOUR), "hour"
    else:
        return "less than an hour"
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def format_past(seconds: float) -> str:
    """Format a length of time that is over: as `format_duration`, long ones in months or years."""
    months = seconds / _MONTH
    if months < 2:
        return format_duration(seconds)
    return f"{months:.0f} months" if months < 24 else f"{int(months / 12)} years"


def validity_error(certificate: x509.Certificate, *, now: dt.datetime) -> str:
    """Return why it is not valid at this time; '' when it is."""
    not_before, not_after = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > not_after:
        expired = format_past((now - not_after).total_seconds())
        return f"has expired {expired} ago ({not_after:%Y-%m-%d})"
    if now < not_before:
        wait = format_duration((not_before - now).total_seconds())
        return f"is not valid before {not_before:%Y-%m-%d}, in {wait}"
    return ""


def expiry_warning(path: Sequence[x509.Certificate], *, now: dt.datetime, warn_days: float) -> str:
    """Return the warning that a path ends within `warn_days`, or is not valid; '' without need.

    A path is as old as its oldest member, which the warning names if it is not the server's own.
    """
    wrong = path_error(path, now=now)
    if wrong:
        return wrong
    first = oldest(path)
    left = (first.not_valid_after_utc - now).total_seconds()
    if left >= warn_days * _DAY:
        return ""
    ends = f"expires in {format_duration(left)} ({first.not_valid_after_utc:%Y-%m-%d})"
    return f"{_as_member(first, path)}{ends}"


def oldest(path: Sequence[x509.Certificate]) -> x509.Certificate:
    """Return the certificate that ends first."""
    return min(path, key=lambda certificate: certificate.not_valid_after_utc)


def path_error(path: Sequence[x509.Certificate], *, now: dt.datetime) -> str:
    """Return which certificate of a path is not valid at this time, and why; '' when all are."""
    wrong = ((each, validity_error(each, now=now)) for each in path)
    return next((f"{_as_member(each, path)}{why}" for each, why in wrong if why), "")


def _as_member(certificate: x509.Certificate, path: Sequence[x509.Certificate]) -> str:
    """Return how to speak of a member of a path; '' for the server's own certificate."""
    if certificate is path[0]:
        return ""
    name = _display_name(certificate.subject) or "an authority without a name"
    return f"chain: “{name}” "


def verification_path(
    presented: Sequence[x509.Certificate], authorities: Sequence[bytes]
) -> list[x509.Certificate]:
    """Return the server's own certificate and those that vouch for it, one for the other.

    `authorities` are those that are trusted (DER). They are asked first, as OpenSSL
    does; what the server presents without need is left out. Without an authority at its end the
    path is as long as it gets.
    """
    path = [presented[0]]
    while len(path) < _MAX_PATH:
        last = path[-1]
        if last.issuer == last.subject or last.public_bytes(Encoding.DER) in authorities:
            break
        trusted = _issuers(last, _by_name(authorities, last.issuer.public_bytes()))
        if trusted:
            path.append(max(trusted, key=lambda each: each.not_valid_after_utc))
            break
        sent = [each for each in _issuers(last, presented[1:]) if each not in path]
        if not sent:
            break
        path.append(max(sent, key=lambda each: each.not_valid_after_utc))
    return path


def _issuers(
    certificate: x509.Certificate, candidates: Sequence[x509.Certificate]
) -> list[x509.Certificate]:
    return [
        each
        for each in candidates
        if each.subject == certificate.issuer and _is_signed_by(certificate, each)
    ]


def _is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    # Every kind of "no" has an exception of its own, and some are TypeErrors.
    except Exception:  # noqa: BLE001
        return False
    return True


def _by_name(authorities: Sequence[bytes], name: bytes) -> list[x509.Certificate]:
    """Return the authorities that may have this name; only these are parsed."""
    found = []
    for encoded in authorities:
        if name in encoded:
            with suppress(ValueError):  # one that is too odd for this library
                found.append(x509.load_der_x509_certificate(encoded))
    return found


def load_authorities(file: str, pem: str = "") -> tuple[bytes, ...]:
    """Return the authorities (DER) of `pem`, else those of a file."""
    return _decoded(file, 0 if pem else Path(file).stat().st_mtime_ns, pem)


@lru_cache(maxsize=32)
def _decoded(file: str, _changed: int, pem: str) -> tuple[bytes, ...]:
    texts = _PEM.findall(pem.encode() or Path(file).read_bytes())
    return tuple(b64decode(text) for text in texts)


def names_no_host(certificate: x509.Certificate) -> bool:
    """Return whether it has no subject alternative name, and so is for nobody (RFC 9525, 6.3)."""
    names, addresses = _names(certificate)
    return not names and not addresses


def host_mismatch(certificate: x509.Certificate, *, host: str) -> str:
    """Return which hosts it is for instead of `host`; '' if for `host` (RFC 6125, RFC 9525)."""
    names, addresses = _names(certificate)
    try:
        fits = ip_address(host) in addresses
    except ValueError:
        fits = any(_matches(name, host.rstrip(".").lower()) for name in names)
    if fits:
        return ""
    known = [*names, *map(str, addresses)]
    others = f" and {len(known) - 3} more" if len(known) > 3 else ""
    listed = ", ".join(one_line(name, limit=60) for name in known[:3]) or "no host"
    return f"is for {listed}{others}, not for {host}"


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Return whether it is signed by itself alone."""
    return _is_signed_by(certificate, certificate)


def must_staple(certificate: x509.Certificate) -> bool:
    """Return whether it is invalid unless the server staples an OCSP response (RFC 7633)."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.TLSFeature)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return x509.TLSFeatureType.status_request in extension.value


def issuer_name(certificate: x509.Certificate) -> str:
    """Return the name of the authority that signed it."""
    return _display_name(certificate.issuer) or "an authority without a name"


def describe(certificate: x509.Certificate) -> PresentedCertificate:
    """Return what is shown of it to people."""
    names, addresses = _names(certificate)
    return PresentedCertificate(
        subject=_display_name(certificate.subject) or "no name",
        issuer=issuer_name(certificate),
        names=tuple(one_line(str(name), limit=100) for name in (*names, *addresses)),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _display_name(name: x509.Name) -> str:
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        found = name.get_attributes_for_oid(kind)
        if found:
            return one_line(str(found[0].value), limit=80)
    return ""


def _names(certificate: x509.Certificate) -> tuple[list[str], list[object]]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return [], []
    names = [name.lower() for name in extension.value.get_values_for_type(x509.DNSName)]
    return names, list(extension.value.get_values_for_type(x509.IPAddress))


def _matches(pattern: str, host: str) -> bool:
    """Return whether `host` fits; a `*` stands for exactly the first label."""
    if not pattern.startswith("*."):
        return pattern.rstrip(".") == host
    first, _, rest = host.partition(".")
    return bool(first) and rest == pattern[2:].rstrip(".") and "." in rest
