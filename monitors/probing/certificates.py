"""Descriptions of a certificate in words: dates, names, issuer."""

import datetime as dt
from ipaddress import ip_address

from cryptography import x509
from cryptography.x509.oid import NameOID

from monitors.probing.base import PresentedCertificate, one_line

_HOUR = 3600.0
_DAY = 24 * _HOUR


def format_duration(seconds: float) -> str:
    """Format a length of time for people: whole days, below one day whole hours."""
    if seconds >= _DAY:
        number, unit = int(seconds // _DAY), "day"
    elif seconds >= _HOUR:
        number, unit = int(seconds // _HOUR), "hour"
    else:
        return "less than an hour"
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def validity_error(certificate: x509.Certificate, *, now: dt.datetime) -> str:
    """Return why it is not valid at this time; '' when it is."""
    not_before, not_after = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > not_after:
        expired = format_duration((now - not_after).total_seconds())
        return f"expired {expired} ago ({not_after:%Y-%m-%d})"
    if now < not_before:
        wait = format_duration((not_before - now).total_seconds())
        return f"is not valid yet: begins in {wait} ({not_before:%Y-%m-%d})"
    return ""


def expiry_warning(certificate: x509.Certificate, *, now: dt.datetime, warn_days: float) -> str:
    """Return the warning that it expires within `warn_days`; '' when it does not."""
    not_after = certificate.not_valid_after_utc
    left = (not_after - now).total_seconds()
    return (
        f"expires in {format_duration(left)} ({not_after:%Y-%m-%d})"
        if left < warn_days * _DAY
        else ""
    )


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
    try:
        certificate.verify_directly_issued_by(certificate)
    # Every kind of "no" has an exception of its own, and some are TypeErrors.
    except Exception:  # noqa: BLE001
        return False
    return True


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
