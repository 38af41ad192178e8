"""What a certificate says of itself, in words: dates, names, who vouches for it."""

import datetime as dt
from ipaddress import ip_address

from cryptography import x509
from cryptography.x509.oid import NameOID

from monitors.probing.base import SeenCertificate, one_line

_HOUR = 3600.0
_DAY = 24 * _HOUR


def span(seconds: float) -> str:
    """A length of time as people say it: whole days, below one day whole hours."""
    if seconds >= _DAY:
        number, unit = int(seconds // _DAY), "day"
    elif seconds >= _HOUR:
        number, unit = int(seconds // _HOUR), "hour"
    else:
        return "less than an hour"
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def untimely(certificate: x509.Certificate, *, now: dt.datetime) -> str:
    """Why it is not valid at this time; '' when it is."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > ends:
        return f"expired {span((now - ends).total_seconds())} ago ({ends:%Y-%m-%d})"
    if now < begins:
        wait = span((begins - now).total_seconds())
        return f"is not valid yet: begins in {wait} ({begins:%Y-%m-%d})"
    return ""


def expiring(certificate: x509.Certificate, *, now: dt.datetime, warn_days: float) -> str:
    """That it expires within `warn_days`; '' when it does not."""
    ends = certificate.not_valid_after_utc
    left = (ends - now).total_seconds()
    return f"expires in {span(left)} ({ends:%Y-%m-%d})" if left < warn_days * _DAY else ""


def misnamed(certificate: x509.Certificate, *, host: str) -> str:
    """For whom it is instead of `host`; '' when it is for `host` (RFC 6125, RFC 9525)."""
    names, addresses = _names(certificate)
    try:
        fits = ip_address(host) in addresses
    except ValueError:
        fits = any(_fits(name, host.rstrip(".").lower()) for name in names)
    if fits:
        return ""
    known = [*names, *map(str, addresses)]
    others = f" and {len(known) - 3} more" if len(known) > 3 else ""
    told = ", ".join(one_line(name, limit=60) for name in known[:3]) or "no host"
    return f"is for {told}{others}, not for {host}"


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Whether it vouches for itself, and nobody else does."""
    try:
        certificate.verify_directly_issued_by(certificate)
    # Every kind of "no" has an exception of its own, and some are TypeErrors.
    except Exception:  # noqa: BLE001
        return False
    return True


def must_staple(certificate: x509.Certificate) -> bool:
    """Whether it is worth nothing unless the server staples an OCSP answer (RFC 7633)."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.TLSFeature)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return x509.TLSFeatureType.status_request in extension.value


def issuer_of(certificate: x509.Certificate) -> str:
    """Who has signed it."""
    return _called(certificate.issuer) or "an authority without a name"


def seen(certificate: x509.Certificate) -> SeenCertificate:
    """What is shown of it to people."""
    names, addresses = _names(certificate)
    return SeenCertificate(
        subject=_called(certificate.subject) or "no name",
        issuer=issuer_of(certificate),
        names=tuple(one_line(str(name), limit=100) for name in (*names, *addresses)),
        begins=certificate.not_valid_before_utc,
        ends=certificate.not_valid_after_utc,
    )


def _called(name: x509.Name) -> str:
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


def _fits(pattern: str, host: str) -> bool:
    """A `*` stands for exactly the first label."""
    if not pattern.startswith("*."):
        return pattern.rstrip(".") == host
    first, _, rest = host.partition(".")
    return bool(first) and rest == pattern[2:].rstrip(".") and "." in rest
