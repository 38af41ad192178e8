"""The kind `endpoint`: one HTTP or HTTPS request, judged by its response and its time."""

from dataclasses import replace

import pycurl

from components.network.ca_bundle import trusted_authorities
from monitors.probers.endpoint.config import EndpointConfig
from monitors.probers.endpoint.redirects import Hop, RedirectError, host_of, next_hop
from monitors.probers.endpoint.response import CheckResponse, judge
from monitors.probing import certificates
from monitors.probing.base import (
    CertificateValidity,
    CurlProber,
    Detail,
    Outcome,
    ProbeStatus,
    one_line,
)
from monitors.probing.curl_errors import CERTIFICATE_FAULTS, explain
from monitors.probing.curl_options import (
    PROTOCOL_NAMES,
    USER_AGENT,
    Leaf,
    name_error,
    phase_durations,
    presented_certificates,
    presented_leaf,
    set_trust,
    stage_reached,
)
from monitors.probing.trusted_clock import trusted_clock
from monitors.probing.url_validators import host_to_resolve, plain_text

_WEB = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
_VERSIONS = {"4": pycurl.IPRESOLVE_V4, "6": pycurl.IPRESOLVE_V6}
_HTTP = {
    "1.1": pycurl.CURL_HTTP_VERSION_1_1,
    "2": pycurl.CURL_HTTP_VERSION_2TLS,
}
_NOT_RESOLVED, _NOT_TAKEN = 6, 23
_SEVERITY = (ProbeStatus.UP, ProbeStatus.DEGRADED, ProbeStatus.INCONCLUSIVE, ProbeStatus.DOWN)


class EndpointProber(CurlProber):
    """One request on a fresh connection with a full TLS handshake, as a new visitor makes it."""

    kind = "endpoint"
    label = "HTTP endpoint"
    config_type = EndpointConfig

    def __init__(
        self,
        *,
        authorities: str | None = None,
        detail: bool = False,
        version: str = "",
        before: Outcome | None = None,
        hop: Hop | None = None,
    ) -> None:
        """`authorities` is a file of certificates to trust instead of the system's.

        `version` is that of the Internet protocol, instead of the setting's; `before` is what
        the same check has come to by the other one; `hop` is where a redirect has led.
        """
        self._authorities, self._detail = authorities, detail
        self._version, self._before, self._hop = version, before, hop

    def with_detail(self) -> "EndpointProber":
        return EndpointProber(authorities=self._authorities, detail=True)

    def host(self, config: EndpointConfig) -> tuple[str, int] | None:
        return host_to_resolve(self._hop.url) if self._hop else config.host

    def accepts(self, config: EndpointConfig, address: str) -> bool:
        if config.ip_version == "any":
            return True
        return (self._ip_version(config) == "6") == (":" in address)

    def prepare(self, handle: pycurl.Curl, config: EndpointConfig, timeout: float) -> CheckResponse:
        response = CheckResponse.to(config, timeout=timeout)
        setopt, hop = handle.setopt, self._hop or config.first_hop
        setopt(pycurl.URL, hop.url)
        setopt(pycurl.USERAGENT, USER_AGENT)
        setopt(pycurl.PROTOCOLS, _WEB)
        setopt(pycurl.HEADERFUNCTION, response.write_header)
        setopt(pycurl.WRITEFUNCTION, response.write_body)
        if cookies := config.cookies_for(hop):
            setopt(pycurl.COOKIE, cookies.encode())
        if config.follow_redirects:
            setopt(pycurl.COOKIEFILE, "")  # a jar, empty at first
            for cookie in hop.cookies:
                setopt(pycurl.COOKIELIST, cookie)
        if lines := config.header_lines(hop):
            setopt(pycurl.HTTPHEADER, lines)
        if hop.method != "GET" or hop.sends_body:
            _set_method(handle, hop, config.body)
        if config.ip_version != "any":
            setopt(pycurl.IPRESOLVE, _VERSIONS[self._ip_version(config)])
        if config.http_version != "any":
            setopt(pycurl.HTTP_VERSION, _HTTP[config.http_version])
        if self._detail or config.warn_days is not None:
            setopt(pycurl.OPT_CERTINFO, 1)
        if config.client_key is not None and hop.at_home:
            handle.setopt(pycurl.SSLCERT_BLOB, config.client_certificate)
            handle.setopt(pycurl.SSLKEY_BLOB, plain_text(config.client_key))
        set_trust(
            handle,
            verify=config.verify_tls,
            authorities=config.authorities,
            file=self._authorities,
        )
        return response

    def _ip_version(self, config: EndpointConfig) -> str:
        """Return the version to use; of "both", 4 goes first."""
        return self._version or config.ip_version.replace("both", "4")

    def interpret(
        self,
        handle: pycurl.Curl,
        config: EndpointConfig,
        scratch: CheckResponse,
        error: tuple[int, str] | None,
        *,
        name_ms: float = 0.0,
    ) -> Outcome:
        status = handle.getinfo(pycurl.RESPONSE_CODE) or None
        if error is not None and not (error[0] == _NOT_TAKEN and scratch.was_stopped):
            outcome = self._error_outcome(handle, config, scratch, error, status)
        elif scratch.has_broken_head:
            outcome = Outcome(ProbeStatus.DOWN, "the answer broke off in its head", code=status)
        elif wrong_name := self._name_error(leaf := self._leaf(handle, config), config):
            seen = CertificateValidity(leaf.ends if leaf else None, is_valid=False)
            outcome = Outcome(ProbeStatus.DOWN, wrong_name, code=status, certificate=seen)
        elif scratch.refusal:
            outcome = Outcome(ProbeStatus.DOWN, scratch.refusal, code=status)
        else:
            scratch.finish()
            address = handle.getinfo(pycurl.PRIMARY_IP) or ""
            if trusted_clock.wants(address):
                trusted_clock.hear(
                    address, date=scratch.header(b"date"), age=scratch.header(b"age")
                )
            outcome = self._response_outcome(handle, config, scratch, status or 0, name_ms)
            if leaf is not None:
                seen = CertificateValidity(leaf.ends, is_valid=True if config.verify_tls else None)
                outcome = replace(outcome, certificate=seen)
        return _combine(self._before, outcome) if self._before is not None else outcome

    def redirected(
        self,
        handle: pycurl.Curl,
        config: EndpointConfig,
        scratch: CheckResponse,
        error: tuple[int, str] | None,
        *,
        name_ms: float = 0.0,
    ) -> "EndpointProber | None":
        """Return a prober of the address that the answer redirects to."""
        location = scratch.location
        if location is None or (error is not None and error[0] != _NOT_TAKEN):
            return None
        if self._name_error(self._leaf(handle, config), config):
            return None
        try:
            hop = next_hop(
                self._hop or config.first_hop,
                location,
                status=handle.getinfo(pycurl.RESPONSE_CODE),
                limit=config.follow_redirects,
                cookies=tuple(handle.getinfo_raw(pycurl.INFO_COOKIELIST)),
                phases=phase_durations(handle, name_ms=name_ms),
            )
        except RedirectError as refused:
            scratch.refusal = str(refused)
            return None
        return EndpointProber(
            authorities=self._authorities, detail=self._detail, version=self._version,
            before=self._before, hop=hop,
        )  # fmt: skip

    def follow_up(self, config: EndpointConfig, outcome: Outcome) -> "EndpointProber | None":
        """Return a prober by IPv6 too, unless it was that already, or nothing can be worse."""
        if config.ip_version != "both" or self._version or outcome.status is ProbeStatus.DOWN:
            return None
        return EndpointProber(
            authorities=self._authorities, detail=self._detail, version="6", before=outcome
        )

    def _error_outcome(
        self,
        handle: pycurl.Curl,
        config: EndpointConfig,
        scratch: CheckResponse,
        error: tuple[int, str],
        status: int | None,
    ) -> Outcome:
        word, message = explain(
            code=error[0],
            message=error[1],
            stage=stage_reached(handle, is_tls=(self._hop or config.first_hop).is_tls),
            os_errno=handle.getinfo(pycurl.OS_ERRNO),
            timeout=scratch.timeout,
        )
        if config.ip_version != "any":
            version = f"IPv{self._ip_version(config)}"
            if error[0] == _NOT_RESOLVED:
                message = f"has no address of {version}"
            elif config.ip_version == "both":
                message = f"by {version}: {message}"
        detail = self._detail_of(handle) if self._detail else None
        refused = CertificateValidity(is_valid=False) if error[0] in CERTIFICATE_FAULTS else None
        return Outcome(word, message, code=status, detail=detail, certificate=refused)

    def _response_outcome(
        self,
        handle: pycurl.Curl,
        config: EndpointConfig,
        scratch: CheckResponse,
        status: int,
        name_ms: float,
    ) -> Outcome:
        hop = self._hop or config.first_hop
        took = hop.with_phases(phase_durations(handle, name_ms=name_ms))
        judged = judge(
            config,
            scratch,
            status=status,
            total_ms=took["total"],
            final_host=host_of(hop.url) if config.final_host is not None else "",
            protocol=PROTOCOL_NAMES.get(
                handle.getinfo(pycurl.INFO_HTTP_VERSION), "another version"
            ),
        )
        word, messages = judged.status, [judged.message]
        expiry = self._expiry_warning(handle, config)
        if expiry and word in (ProbeStatus.UP, ProbeStatus.DEGRADED):
            word = ProbeStatus.DEGRADED
            messages.append(expiry)
        if scratch.truncated:
            messages.append(f"only the first {config.max_bytes} bytes of the answer were read")
        detail = None
        if self._detail:
            detail = replace(self._detail_of(handle), assertions=judged.assertions)
        return Outcome(
            word,
            "; ".join(filter(None, messages)),
            latency_ms=took["total"],
            code=status or None,
            phases=took,
            detail=detail,
        )

    def _leaf(self, handle: pycurl.Curl, config: EndpointConfig) -> Leaf | None:
        is_tls = config.is_tls if self._hop is None else self._hop.is_tls
        return presented_leaf(handle) if is_tls else None

    @staticmethod
    def _name_error(leaf: Leaf | None, config: EndpointConfig) -> str:
        return name_error(leaf) if config.verify_tls else ""

    def _expiry_warning(self, handle: pycurl.Curl, config: EndpointConfig) -> str:
        """Return the warning that the certificate, or its chain, ends too soon; '' if not."""
        presented = presented_certificates(handle) if config.warn_days is not None else []
        if config.warn_days is None or not presented:
            return ""
        trusted: tuple[bytes, ...] = ()
        if config.verify_tls:
            file = self._authorities or trusted_authorities()
            trusted = certificates.load_authorities(file, config.authorities)
        path = certificates.verification_path(presented, trusted)
        soon = certificates.expiry_warning(
            path, now=trusted_clock.now(), warn_days=config.warn_days
        )
        return one_line(f"certificate {soon}") if soon else ""

    def _detail_of(self, handle: pycurl.Curl) -> Detail:
        return Detail(
            address=handle.getinfo(pycurl.PRIMARY_IP) or "",
            protocol=PROTOCOL_NAMES.get(handle.getinfo(pycurl.INFO_HTTP_VERSION), ""),
            certificates=tuple(map(certificates.describe, presented_certificates(handle))),
        )


def _combine(four: Outcome, six: Outcome) -> Outcome:
    """Return one outcome of two: the worse, and the slower time."""
    worse = max(six, four, key=lambda outcome: _SEVERITY.index(outcome.status))
    if worse.latency_ms is None:
        return worse
    slower = max(six, four, key=lambda outcome: outcome.latency_ms or 0.0)
    return replace(worse, latency_ms=slower.latency_ms, phases=slower.phases)


def _set_method(handle: pycurl.Curl, hop: Hop, body: str) -> None:
    if hop.method == "HEAD":
        handle.setopt(pycurl.NOBODY, 1)
        return
    if hop.sends_body:
        handle.setopt(pycurl.POSTFIELDS, body.encode())
    if hop.method != "POST":
        handle.setopt(pycurl.CUSTOMREQUEST, hop.method)
