"""The kind `endpoint`: one HTTP or HTTPS request, judged by its status and its time."""

from typing import Any

import pycurl

from monitors.curl_errors import Reached, explain
from monitors.endpoint.config import EndpointConfig
from monitors.probers.base import CurlProber, Outcome, Word
from monitors.trust import trusted_authorities

USER_AGENT = "statuspage/0.1 (+probe)"
# The key share for the post-quantum group costs a fifth of a handshake. It is still on offer,
# after the others, for a server that accepts nothing else.
_GROUPS = "X25519:P-256:P-384:X448:P-521:X25519MLKEM768"
_CURLOPT_SSL_EC_CURVES = 10_298  # pycurl has no name for it
_FOLLOW_OBEYING_CODE = 2  # a 303 after PUT becomes GET, as in browsers
_WEB = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS


class Answer:
    """Takes the body in, up to a limit, and keeps nothing of it."""

    __slots__ = ("cut", "left", "timeout")

    def __init__(self, *, limit: int, timeout: float) -> None:
        self.left, self.timeout, self.cut = limit, timeout, False

    def take(self, chunk: bytes) -> int:
        """libcurl goes on when the answer is the chunk's length, and breaks off when it is not."""
        if len(chunk) > self.left:
            self.cut = True
            return 0
        self.left -= len(chunk)
        return len(chunk)


class EndpointProber(CurlProber):
    """One request on a fresh connection with a full TLS handshake, as a new visitor makes it."""

    kind = "endpoint"
    label = "HTTP endpoint"
    config_type = EndpointConfig

    def __init__(self, *, authorities: str | None = None) -> None:
        """`authorities` is a file of certificates to believe instead of the system's."""
        self._authorities = authorities

    def host(self, config: EndpointConfig) -> tuple[str, int] | None:
        return config.host

    def prepare(self, handle: pycurl.Curl, config: EndpointConfig, timeout: float) -> Answer:
        answer = Answer(limit=config.max_bytes, timeout=timeout)
        setopt = handle.setopt
        setopt(pycurl.URL, config.url)
        setopt(pycurl.USERAGENT, USER_AGENT)
        setopt(pycurl.PROTOCOLS, _WEB)
        setopt(pycurl.WRITEFUNCTION, answer.take)
        if config.follow_redirects:
            setopt(pycurl.FOLLOWLOCATION, _FOLLOW_OBEYING_CODE)
            setopt(pycurl.MAXREDIRS, config.follow_redirects)
            setopt(pycurl.REDIR_PROTOCOLS, _WEB)
        if config.header_lines:
            setopt(pycurl.HTTPHEADER, config.header_lines)
        if config.method != "GET" or config.body:
            _set_method(handle, config)
        authorities = self._authorities or trusted_authorities()
        _set_tls(handle, authorities if config.verify_tls else None)
        return answer

    def interpret(
        self,
        handle: pycurl.Curl,
        config: EndpointConfig,
        scratch: Answer,
        error: tuple[int, str] | None,
        *,
        name_ms: float = 0.0,
    ) -> Outcome:
        status = handle.getinfo(pycurl.RESPONSE_CODE) or None
        if error is not None and not scratch.cut:
            word, message = explain(
                code=error[0],
                message=error[1],
                reached=_reached(handle, config, status),
                os_errno=handle.getinfo(pycurl.OS_ERRNO),
                timeout=scratch.timeout,
            )
            return Outcome(word, message, code=status)
        phases = _phases(handle, name_ms)
        word, message = _judge(config, status, phases["total"])
        if scratch.cut:
            cut = f"only the first {config.max_bytes} bytes of the answer were read"
            message = f"{message}; {cut}" if message else cut
        return Outcome(word, message, latency_ms=phases["total"], code=status, phases=phases)


def _set_method(handle: pycurl.Curl, config: EndpointConfig) -> None:
    if config.method == "HEAD":
        handle.setopt(pycurl.NOBODY, 1)
        return
    if config.body or config.method == "POST":
        handle.setopt(pycurl.POSTFIELDS, config.body.encode())
    if config.method != "POST":
        handle.setopt(pycurl.CUSTOMREQUEST, config.method)


def _set_tls(handle: pycurl.Curl, authorities: str | None) -> None:
    # Also for http://, which may redirect to https://.
    handle.setopt(_CURLOPT_SSL_EC_CURVES, _GROUPS)
    # A resumed session would not show the certificate again, even if it has expired since.
    handle.setopt(pycurl.SSL_SESSIONID_CACHE, 0)
    if authorities is None:
        handle.setopt(pycurl.SSL_VERIFYPEER, 0)
        handle.setopt(pycurl.SSL_VERIFYHOST, 0)
        return
    # libcurl keeps the parsed file for the next transfer only if there is no folder as well.
    handle.setopt(pycurl.CAINFO, authorities)
    handle.unsetopt(pycurl.CAPATH)


def _judge(config: EndpointConfig, status: int | None, total: float) -> tuple[Word, str]:
    if status not in config.statuses:
        return Word.DOWN, f"status {status}, expected {config.expected_status}"
    if config.degraded_ms is not None and total > config.degraded_ms:
        return Word.DEGRADED, f"took {total:.0f} ms, more than {config.degraded_ms:g} ms"
    return Word.UP, ""


def _reached(handle: pycurl.Curl, config: EndpointConfig, status: int | None) -> Reached:
    if status is not None:
        return Reached.STATUS
    if not handle.getinfo(pycurl.CONNECT_TIME):
        return Reached.NAME if handle.getinfo(pycurl.NAMELOOKUP_TIME) else Reached.NOTHING
    if config.url.startswith("https:") and not handle.getinfo(pycurl.APPCONNECT_TIME):
        return Reached.CONNECTION
    return Reached.REQUEST


def _phases(handle: pycurl.Curl, name_ms: float) -> dict[str, float]:
    """How long each phase took, from libcurl's instants.

    With redirects libcurl adds the hops up.
    """
    get: Any = handle.getinfo
    named, connected = get(pycurl.NAMELOOKUP_TIME), get(pycurl.CONNECT_TIME)
    secured, sent = get(pycurl.APPCONNECT_TIME), get(pycurl.PRETRANSFER_TIME)
    phases = {
        "name": named * 1000 + name_ms,
        "connect": (connected - named) * 1000,
        "tls": (secured - connected) * 1000 if secured else 0.0,
        "first_byte": (get(pycurl.STARTTRANSFER_TIME) - sent) * 1000,
        "total": get(pycurl.TOTAL_TIME) * 1000 + name_ms,
    }
    return {name: max(0.0, value) for name, value in phases.items()}
