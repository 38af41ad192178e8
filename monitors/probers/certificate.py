"""The kind `certificate`: whether a TLS server's certificate is valid, and for how long."""

import datetime as dt
import ssl
from contextlib import closing
from dataclasses import dataclass

from cryptography import x509
from pydantic import Field

from components.network.address_guard import AddressGuard
from components.network.ca_bundle import trusted_authorities
from monitors.probing import certificates, pem
from monitors.probing.base import (
    BlockingProber,
    CertificateValidity,
    Config,
    Detail,
    Outcome,
    ProbeStatus,
    one_line,
)
from monitors.probing.connections import Deadline, OpenConnection, ProbeAbortedError, dial
from monitors.probing.host_fields import Host, Port
from monitors.probing.services.starttls import Protocol, start_tls
from monitors.probing.tls import (
    ClientCertificateNeededError,
    presented_chain,
    secure,
    tls_context,
    verified_chain,
)
from monitors.probing.trusted_clock import BY_DATES, trusted_clock

# OpenSSL's numbers for why a chain is not believed (X509_V_ERR_…).
_SELF_SIGNED, _FOREIGN_ROOT, _CHAIN_EXPIRED, _CHAIN_NOT_YET = 18, 19, 10, 9
_INCOMPLETE = (2, 20, 21)  # an issuer is neither presented nor trusted
_WRONG_HOST = (62, 64)


STEPS = (30, 14, 7, 3, 1)
"""Days before its end at which the warning becomes another one."""


class CertificateConfig(Config):
    """The server, and how soon before its certificate's end to warn."""

    host: Host = Field(description="Name or address to connect to.")
    port: Port = Field(default=443, description="Port to connect to.")
    starttls: Protocol = Field(
        default="none",
        description="Protocol in which to ask for TLS after connecting: smtp, imap, pop3, ftp or "
        "ldap; none: TLS from the first byte.",
    )
    server_name: Host | None = Field(
        default=None,
        description="Name to ask for (SNI) and to expect in the certificate, if it is not the "
        "host's.",
    )
    warn_days: int = Field(
        default=30,
        ge=0,
        le=3650,
        description="Fewer days than this before it expires count as degraded; the message "
        "changes again at 30, 14, 7, 3 and 1 days.",
    )
    allow_self_signed: bool = Field(
        default=False,
        description="Whether a certificate may vouch for itself; its dates and names count all "
        "the same.",
    )
    authorities: pem.Authorities = ""

    @property
    def name(self) -> str:
        return self.server_name or self.host


class CertificateProber(BlockingProber):
    """One handshake as a client makes it.

    Only if that client is not content, a second one looks at the certificate without judging it,
    so that the message can be precise.
    """

    kind = "certificate"
    label = "TLS certificate"
    config_type = CertificateConfig

    def __init__(self, *, authorities: str | None = None, detail: bool = False) -> None:
        """`authorities` is a file of certificates to trust instead of the system's."""
        self._authorities, self._detail = authorities, detail

    def with_detail(self) -> "CertificateProber":
        return CertificateProber(authorities=self._authorities, detail=True)

    def probe(self, config: CertificateConfig, *, timeout: float, guard: AddressGuard) -> Outcome:
        deadline = Deadline(timeout)
        authorities = self._authorities or trusted_authorities()
        try:
            try:
                handshake = _handshake(config, authorities, deadline=deadline, guard=guard)
                refused = None
            except ssl.SSLCertVerificationError as error:
                refused = error
                handshake = _handshake_unverified(config, refused, deadline=deadline, guard=guard)
        except ProbeAbortedError as aborted:
            return aborted.outcome
        total = deadline.elapsed_ms()
        leaf, phases = handshake.chain[0], {**handshake.phases, "total": total}
        path = handshake.verified or certificates.verification_path(
            handshake.chain, certificates.load_authorities(authorities, config.authorities)
        )
        doubt = trusted_clock.doubt()
        if doubt and refused is not None and refused.verify_code in BY_DATES:
            return Outcome(ProbeStatus.INCONCLUSIVE, doubt)
        status, message = _judge(path, config, refused, now=trusted_clock.now())
        if certificates.must_staple(leaf):
            message = "; ".join(filter(None, [message, "it demands a stapled OCSP answer"]))
        detail = handshake.detail if self._detail else None
        seen = CertificateValidity(
            leaf.not_valid_after_utc.timestamp(), is_valid=status is not ProbeStatus.DOWN
        )
        return Outcome(
            status, message, latency_ms=total, phases=phases, detail=detail, certificate=seen
        )


@dataclass(frozen=True, slots=True)
class _Handshake:
    """The result of a handshake."""

    chain: list[x509.Certificate]
    """What the server presented, its own certificate first."""
    verified: list[x509.Certificate]
    """Those of them, and the authority, by which its own was verified; none if it was not."""
    phases: dict[str, float]
    address: str
    protocol: str

    @property
    def detail(self) -> Detail:
        presented = tuple(map(certificates.describe, self.chain))
        return Detail(self.address, self.protocol, certificates=presented)


def _handshake(
    config: CertificateConfig,
    authorities: str | None,
    *,
    deadline: Deadline,
    guard: AddressGuard,
) -> _Handshake:
    """Make a handshake and return what the server presented, and the times.

    Raises ProbeAbortedError, or ssl.SSLCertVerificationError.
    """
    connection: OpenConnection = dial(config.host, config.port, deadline=deadline, guard=guard)
    with closing(connection):
        start_tls(connection, config.starttls, deadline=deadline)
        context = tls_context(authorities, pem=config.authorities)
        try:
            secured = secure(
                connection, server_name=config.name, context=context, deadline=deadline
            )
        except ClientCertificateNeededError as needed:
            secured = needed.secured  # what it asks of us is no fault of its own certificate
        presented, verified = presented_chain(secured), verified_chain(secured)
        protocol = secured.version() or ""
    if not presented:
        raise ProbeAbortedError(ProbeStatus.DOWN, "the server presents no certificate")
    try:
        chain, path = (
            list(map(x509.load_der_x509_certificate, encoded)) for encoded in (presented, verified)
        )
    except ValueError:
        raise ProbeAbortedError(ProbeStatus.DOWN, "the certificate cannot be read") from None
    return _Handshake(chain, path, connection.phases, connection.address, protocol)


def _handshake_unverified(
    config: CertificateConfig,
    refused: ssl.SSLCertVerificationError,
    *,
    deadline: Deadline,
    guard: AddressGuard,
) -> _Handshake:
    try:
        return _handshake(config, None, deadline=deadline, guard=guard)
    except ProbeAbortedError:
        if config.allow_self_signed and refused.verify_code == _SELF_SIGNED:
            raise
        # What the first handshake said stands, if in OpenSSL's words.
        raise ProbeAbortedError(
            ProbeStatus.DOWN, f"is not valid: {refused.verify_message.rstrip('.')}"
        ) from None


def _judge(
    path: list[x509.Certificate],
    config: CertificateConfig,
    refused: ssl.SSLCertVerificationError | None,
    *,
    now: dt.datetime,
) -> tuple[ProbeStatus, str]:
    """Return the verdict; the certificate's own faults come first: they need a new one anyway."""
    wrong = certificates.validity_error(path[0], now=now)
    if refused is not None:
        wrong = (
            wrong
            or certificates.host_mismatch(path[0], host=config.name)
            or certificates.path_error(path, now=now)
            or _distrusted(path[0], config, refused)
        )
    if wrong:
        return ProbeStatus.DOWN, one_line(wrong)
    soon = certificates.expiry_warning(path, now=now, warn_days=config.warn_days)
    if not soon:
        return ProbeStatus.UP, ""
    days_left = (certificates.oldest(path).not_valid_after_utc - now) / dt.timedelta(days=1)
    return ProbeStatus.DEGRADED, f"{soon}, warning of {_step(days_left, first=config.warn_days)}"


def _step(days_left: float, *, first: int) -> str:
    """Return the last of the warnings' days that has been reached."""
    reached = [step for step in (first, *STEPS) if days_left < step <= first]
    days = min(reached)
    return "1 day" if days == 1 else f"{days} days"


def _distrusted(
    leaf: x509.Certificate, config: CertificateConfig, refused: ssl.SSLCertVerificationError
) -> str:
    """Return why the chain is not trusted; '' when it need not be."""
    code = refused.verify_code
    if code == _SELF_SIGNED or (code in _INCOMPLETE and certificates.is_self_signed(leaf)):
        return "" if config.allow_self_signed else "is self-signed"
    if code in _INCOMPLETE:
        issuer = certificates.issuer_name(leaf)
        return (
            f"chain is not complete: the certificate of “{issuer}”, or of who vouches for it, is"
            " missing or not trusted"
        )
    fixed = {
        _FOREIGN_ROOT: "chain ends at an authority that is not trusted here",
        _CHAIN_EXPIRED: "a certificate of its chain has expired",
        _CHAIN_NOT_YET: "a certificate of its chain is not valid yet",
        **dict.fromkeys(_WRONG_HOST, f"is not for {config.name}"),
    }
    return fixed.get(code, f"is not valid: {refused.verify_message.rstrip('.')}")
