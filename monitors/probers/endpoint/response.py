"""The response of an endpoint, read up to a limit, and judged."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509

from monitors.probers.endpoint.assertions import ObservedResponse
from monitors.probers.endpoint.config import EndpointConfig
from monitors.probing import certificates
from monitors.probing.base import AssertionResult, ProbeStatus, one_line

MAX_KEPT_BYTES = 1 << 20
"""As much of a body as assertions can be about."""
MAX_HEADER_BYTES = 300_000
_WITH_BODY = {"body", "json"}


@dataclass(slots=True)
class CheckResponse:
    """The response of one transfer; of headers and body only what assertions ask for is kept."""

    limit: int
    timeout: float
    keep_body: bool = False
    truncated: bool = False
    size: int = 0
    _kept: int = 0
    _chunks: list[bytes] = field(default_factory=list)
    _headers: list[bytes] = field(default_factory=list)
    _header_bytes: int = 0

    @classmethod
    def to(cls, config: EndpointConfig, *, timeout: float) -> "CheckResponse":
        keep = any(assertion.subject in _WITH_BODY for assertion in config.parsed_assertions)
        return cls(limit=config.max_bytes, timeout=timeout, keep_body=keep)

    def write_body(self, chunk: bytes) -> int:
        """Add a chunk; return the bytes taken: libcurl breaks off when those are not all."""
        left = self.limit - self.size
        taken = chunk[:left]
        if self.keep_body and self._kept < MAX_KEPT_BYTES:
            self._chunks.append(taken[: MAX_KEPT_BYTES - self._kept])
            self._kept += len(self._chunks[-1])
        self.size += len(taken)
        self.truncated = len(chunk) > left
        return len(taken)

    def write_header(self, line: bytes) -> None:
        """Add a header line; the head of the last response counts, not those of redirects."""
        if line.startswith(b"HTTP/"):
            self._headers.clear()
        self._header_bytes += len(line)
        if self._header_bytes <= MAX_HEADER_BYTES:
            self._headers.append(line)

    def observed(self, *, status: int, total_ms: float) -> ObservedResponse:
        headers: dict[str, str] = {}
        for line in self._headers[1:]:
            name, colon, value = line.decode("latin-1").partition(":")
            if colon:
                key = name.strip().lower()
                headers[key] = ", ".join(filter(None, [headers.get(key), value.strip()]))
        size = self.size + 1 if self.truncated else self.size
        return ObservedResponse(status, headers, b"".join(self._chunks), size, total_ms)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a response. The worst comes first; among equals what is judged first."""

    status: ProbeStatus
    message: str
    assertions: tuple[AssertionResult, ...] = ()


def judge(
    config: EndpointConfig,
    response: CheckResponse,
    *,
    status: int,
    total_ms: float,
    final_host: str,
    protocol: str,
) -> Judgement:
    """Return whether it is the response that was expected."""
    asserted: tuple[AssertionResult, ...] = ()
    if config.parsed_assertions:
        observed = response.observed(status=status, total_ms=total_ms)
        asserted = tuple(assertion.judge(observed) for assertion in config.parsed_assertions)
    wrong = _wrong(config, status, final_host=final_host, protocol=protocol) or _failed(asserted)
    if wrong:
        return Judgement(ProbeStatus.DOWN, wrong, asserted)
    if config.degraded_ms is not None and total_ms > config.degraded_ms:
        message = f"took {total_ms:.0f} ms, more than {config.degraded_ms:g} ms"
        return Judgement(ProbeStatus.DEGRADED, message, asserted)
    return Judgement(ProbeStatus.UP, "", asserted)


def _wrong(config: EndpointConfig, status: int, *, final_host: str, protocol: str) -> str:
    if status not in config.statuses:
        return f"status {status}, expected {config.expected_status}"
    if config.final_host is not None and final_host.lower() != config.final_host.lower():
        return f"ended at {one_line(final_host, limit=100)}, expected {config.final_host}"
    if config.http_version != "any" and protocol != f"HTTP/{config.http_version}":
        return f"spoke {protocol}, expected HTTP/{config.http_version}"
    return ""


def _failed(asserted: tuple[AssertionResult, ...]) -> str:
    failed = [each for each in asserted if not each.passed]
    if not failed:
        return ""
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    return one_line(f"not so: {failed[0].text} (found {failed[0].found}){more}")


def certificate_chain(presented: Any) -> list[x509.Certificate]:
    """Return the certificates of libcurl's CERTINFO, the server's own first, while readable.

    libcurl gives a list of (name, value) pairs for each.
    """
    found: list[x509.Certificate] = []
    for pairs in presented or ():
        text = next((value for name, value in pairs if name == "Cert"), "")
        try:
            found.append(x509.load_pem_x509_certificate(text.encode()))
        except ValueError:
            break
    return found


def expiry_warning(config: EndpointConfig, presented: list[x509.Certificate]) -> str:
    """Return the warning that the server's certificate expires too soon; '' when it does not."""
    if config.warn_days is None or not presented:
        return ""
    now = dt.datetime.now(dt.UTC)
    soon = certificates.expiry_warning(presented[0], now=now, warn_days=config.warn_days)
    return f"certificate {soon}" if soon else ""
