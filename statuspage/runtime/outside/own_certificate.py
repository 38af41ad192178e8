"""The product's own certificate, as those see it who ask for SITE_URL."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from pydantic import ValidationError

from components.network.address_guard import AddressGuard
from components.status import Verdict
from monitors.probing.base import ProbeStatus

WARN_DAYS, ALARM_DAYS = 14, 7
TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class CertificateLook:
    """What was seen. `verdict` is `UNKNOWN` where nothing can be said of the certificate."""

    verdict: Verdict
    text: str
    expires: float | None = None
    """When it ends, in seconds since the epoch."""


def look(*, now: float, authorities: str | None = None) -> CertificateLook | None:
    """Make one handshake with SITE_URL's host; None where SITE_URL is not https.

    `authorities` is a file of certificates to trust instead of the system's.
    """
    site = urlsplit(settings.STATUSPAGE.site_url)
    if site.scheme != "https" or not site.hostname:
        return None
    # What speaks TLS and asks name servers; beat starts without it where there is no certificate.
    from monitors.probers.certificate import (  # noqa: PLC0415
        CertificateConfig,
        CertificateProber,
    )

    try:
        config = CertificateConfig(host=site.hostname, port=site.port or 443, warn_days=WARN_DAYS)
    except ValidationError:
        return CertificateLook(Verdict.UNKNOWN, f"{site.hostname} cannot be asked")
    # Its own address, which may well be a private one from here.
    guard = AddressGuard(allow_private=True)
    outcome = CertificateProber(authorities=authorities, detail=True).probe(
        config, timeout=TIMEOUT, guard=guard
    )
    shown = outcome.detail.certificates if outcome.detail else ()
    expires = shown[0].not_after.timestamp() if shown else None
    if outcome.status in (ProbeStatus.INCONCLUSIVE, ProbeStatus.BLIND):
        return CertificateLook(Verdict.UNKNOWN, outcome.message)
    if expires is None:
        return CertificateLook(Verdict.DOWN, outcome.message)
    return CertificateLook(verdict_of(outcome.status, (expires - now) / 86_400),
                           outcome.message or _until(expires), expires)  # fmt: skip


def verdict_of(status: ProbeStatus, days_left: float) -> Verdict:
    """Return what a look means: a warning in time, an alarm in the last week."""
    if status is ProbeStatus.DOWN or days_left <= ALARM_DAYS:
        return Verdict.DOWN
    return Verdict.DEGRADED if days_left <= WARN_DAYS else Verdict.UP


def _until(expires: float) -> str:
    return f"valid until {datetime.fromtimestamp(expires, UTC):%Y-%m-%d}"
