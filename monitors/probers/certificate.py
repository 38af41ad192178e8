"""The kind `certificate`: whether a TLS server's certificate is good, and for how long."""

import datetime as dt
import ssl
from contextlib import closing
from typing import Any

from cryptography import x509
from pydantic import Field

from monitors import x509_words as words
from monitors.dialing import Deadline, Dialled, OverError, dial, secure, tls_context
from monitors.hosts import Host, Port
from monitors.probers.base import BlockingProber, Config, Outcome, Word, one_line
from monitors.safety import AddressGuard
from monitors.trust import trusted_authorities

# OpenSSL's numbers for why a chain is not believed (X509_V_ERR_…).
_SELF_SIGNED, _FOREIGN_ROOT, _CHAIN_EXPIRED, _CHAIN_NOT_YET = 18, 19, 10, 9
_INCOMPLETE = (2, 20, 21)  # an issuer is neither presented nor trusted
_WRONG_HOST = (62, 64)


class CertificateConfig(Config):
    """Whose certificate, and how soon before its end to warn."""

    host: Host = Field(description="Name or address to connect to.")
    port: Port = Field(default=443, description="Port to connect to; TLS from the first byte.")
    server_name: Host | None = Field(
        default=None,
        description="Name to ask for (SNI) and to expect in the certificate, if it is not the "
        "host's.",
    )
    warn_days: int = Field(
        default=30,
        ge=0,
        le=3650,
        description="Fewer days than this before it expires count as degraded.",
    )
    allow_self_signed: bool = Field(
        default=False,
        description="Whether a certificate may vouch for itself; its dates and names count all "
        "the same.",
    )

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

    def __init__(self, *, authorities: str | None = None) -> None:
        """`authorities` is a file of certificates to believe instead of the system's."""
        self._authorities = authorities

    def probe(self, config: CertificateConfig, *, timeout: float, guard: AddressGuard) -> Outcome:
        deadline = Deadline(timeout)
        authorities = self._authorities or trusted_authorities()
        try:
            try:
                seen, phases = _look(config, authorities, deadline=deadline, guard=guard)
                refused = None
            except ssl.SSLCertVerificationError as error:
                refused = error
                seen, phases = _look_anyway(config, refused, deadline=deadline, guard=guard)
        except OverError as over:
            return over.outcome
        total = deadline.elapsed_ms()
        word, message = _judge(seen, config, refused, now=dt.datetime.now(dt.UTC))
        if words.must_staple(seen):
            message = "; ".join(filter(None, [message, "it demands a stapled OCSP answer"]))
        return Outcome(word, message, latency_ms=total, phases={**phases, "total": total})


def _look(
    config: CertificateConfig,
    authorities: str | None,
    *,
    deadline: Deadline,
    guard: AddressGuard,
) -> tuple[x509.Certificate, dict[str, float]]:
    """Make a handshake; the answer is the server's certificate, and the times.

    Raises OverError, or ssl.SSLCertVerificationError.
    """
    dialled: Dialled = dial(config.host, config.port, deadline=deadline, guard=guard)
    with closing(dialled):
        context = tls_context(authorities)
        secured = secure(dialled, server_name=config.name, context=context, deadline=deadline)
        encoded: Any = secured.getpeercert(binary_form=True)
    if encoded is None:
        raise OverError(Word.DOWN, "the server presents no certificate")
    try:
        return x509.load_der_x509_certificate(encoded), dialled.phases
    except ValueError:
        raise OverError(Word.DOWN, "the certificate cannot be read") from None


def _look_anyway(
    config: CertificateConfig,
    refused: ssl.SSLCertVerificationError,
    *,
    deadline: Deadline,
    guard: AddressGuard,
) -> tuple[x509.Certificate, dict[str, float]]:
    try:
        return _look(config, None, deadline=deadline, guard=guard)
    except OverError:
        if config.allow_self_signed and refused.verify_code == _SELF_SIGNED:
            raise
        # What the first handshake said stands, if in OpenSSL's words.
        raise OverError(Word.DOWN, f"is not valid: {refused.verify_message.rstrip('.')}") from None


def _judge(
    seen: x509.Certificate,
    config: CertificateConfig,
    refused: ssl.SSLCertVerificationError | None,
    *,
    now: dt.datetime,
) -> tuple[Word, str]:
    """The certificate's own faults come first: whoever mends them has to get a new one anyway."""
    wrong = words.untimely(seen, now=now)
    if refused is not None:
        wrong = (
            wrong or words.misnamed(seen, host=config.name) or _distrusted(seen, config, refused)
        )
    if wrong:
        return Word.DOWN, one_line(wrong)
    soon = words.expiring(seen, now=now, warn_days=config.warn_days)
    return (Word.DEGRADED, soon) if soon else (Word.UP, "")


def _distrusted(
    seen: x509.Certificate, config: CertificateConfig, refused: ssl.SSLCertVerificationError
) -> str:
    """Why the chain is not believed; '' when it need not be."""
    code = refused.verify_code
    if code == _SELF_SIGNED or (code in _INCOMPLETE and words.is_self_signed(seen)):
        return "" if config.allow_self_signed else "is self-signed"
    if code in _INCOMPLETE:
        return (
            "chain is not complete: the certificate of "
            f"“{words.issuer_of(seen)}”, or of who vouches for it, is missing or not trusted"
        )
    fixed = {
        _FOREIGN_ROOT: "chain ends at an authority that is not trusted here",
        _CHAIN_EXPIRED: "a certificate of its chain has expired",
        _CHAIN_NOT_YET: "a certificate of its chain is not valid yet",
        **dict.fromkeys(_WRONG_HOST, f"is not for {config.name}"),
    }
    return fixed.get(code, f"is not valid: {refused.verify_message.rstrip('.')}")
