"""The kind `endpoint`: one HTTP or HTTPS request, judged by its status and its time."""

import re
from functools import cached_property
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import quote

import pycurl
from pydantic import Field, field_validator

from monitors.curl_errors import Reached, explain
from monitors.probers.base import Config, CurlProber, Outcome, Word, one_line
from monitors.trust import trusted_authorities

USER_AGENT = "statuspage/0.1 (+probe)"
MAX_BODY_BYTES = 65_536
MAX_HEADER_CHARACTERS = 8_192
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")
_VALUE = re.compile(r"[\t\x20-\x7e]*\Z")
_RANGE = re.compile(r"\s*([1-9]\d\d)(?:\s*-\s*([1-9]\d\d))?\s*\Z")
_FRAMING = {"content-length", "transfer-encoding", "connection", "expect", "upgrade"}
# The key share for the post-quantum group costs a fifth of a handshake. It is still on offer,
# after the others, for a server that accepts nothing else.
_GROUPS = "X25519:P-256:P-384:X448:P-521:X25519MLKEM768"
_CURLOPT_SSL_EC_CURVES = 10_298  # pycurl has no name for it
_FOLLOW_OBEYING_CODE = 2  # a 303 after PUT becomes GET, as in browsers
_WEB = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS


class EndpointConfig(Config):
    """What to ask for, and which answer is good."""

    url: str = Field(max_length=2000, description="Address to ask, http:// or https://.")
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    headers: dict[str, str] = Field(
        default_factory=dict,
        max_length=32,
        description="Sent with the request and with those that redirects lead to; Authorization "
        "and Cookie only while these stay on the same host.",
    )
    body: str = Field(default="", description="Sent with the request, as UTF-8.")
    expected_status: str = Field(
        default="200-399",
        max_length=200,
        description="Status codes that are good, such as “200-299” or “200-299,301,404”.",
    )
    follow_redirects: int = Field(
        default=5, ge=0, le=20, description="How many redirects to follow; 0 follows none."
    )
    verify_tls: bool = Field(default=True, description="Whether the certificate must be valid.")
    degraded_ms: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="Slower answers, in milliseconds, count as degraded.",
    )
    max_bytes: int = Field(
        default=1 << 20, ge=1, le=16 << 20, description="How much of the answer is read."
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        if not all(character.isprintable() and character != " " for character in url):
            raise ValueError("must not contain spaces or control characters")
        before_path = re.match(r"[^/?#]*(?://)?[^/?#]*", url)
        if before_path and not before_path.group().isascii():
            raise ValueError("write the host name in its ASCII form (xn--…)")
        # Only what is not ASCII is encoded; what is encoded already stays as it is.
        url = quote(url, safe="".join(map(chr, range(33, 127))))
        try:
            # libcurl's own parser: what is judged here is what will be asked for.
            parts = pycurl.CurlUrl(url)
        except pycurl.error as error:
            raise ValueError(f"is not an http:// or https:// address: {error.args[1]}") from None
        if parts.scheme not in ("http", "https"):
            raise ValueError("must begin with http:// or https://")
        if parts.user is not None or parts.password is not None:
            raise ValueError("must not contain a user name or password; send a header instead")
        return url

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        if sum(map(len, (*headers, *headers.values()))) > MAX_HEADER_CHARACTERS:
            raise ValueError(f"must not be longer than {MAX_HEADER_CHARACTERS} characters in all")
        names = [name.lower() for name in headers]
        for name, value in headers.items():
            shown = one_line(name, limit=40)
            if not _TOKEN.match(name):
                raise ValueError(f"{shown!r} is not a header's name")
            if not _VALUE.match(value):
                raise ValueError(f"{shown!r} must have a value of printable ASCII in one line")
            if name.lower() in _FRAMING:
                raise ValueError(f"{shown!r} is set by the prober itself")
            if names.count(name.lower()) > 1:
                raise ValueError(f"{shown!r} is there twice")
        return headers

    @field_validator("body")
    @classmethod
    def _check_body(cls, body: str) -> str:
        try:
            size = len(body.encode())
        except UnicodeEncodeError:
            raise ValueError("is not valid text") from None
        if size > MAX_BODY_BYTES:
            raise ValueError(f"must not be longer than {MAX_BODY_BYTES} bytes")
        return body

    @field_validator("expected_status")
    @classmethod
    def _check_status(cls, text: str) -> str:
        parse_statuses(text)
        return text

    @cached_property
    def statuses(self) -> frozenset[int]:
        return parse_statuses(self.expected_status)

    @cached_property
    def host(self) -> tuple[str, int] | None:
        """The name that must be looked up, and the port; None when the address is literal."""
        parts = pycurl.CurlUrl(self.url)
        name = str(parts.host)
        if name.startswith("[") or name == "localhost" or name.endswith(".localhost"):
            return None  # libcurl knows localhost by itself
        try:
            ip_address(name)
        except ValueError:
            return name, int(parts.port or (443 if parts.scheme == "https" else 80))
        return None

    @cached_property
    def header_lines(self) -> list[str]:
        """In libcurl's notation, where `Name;` sends an empty value and `Name:` sends none."""
        lines = [
            f"{name}: {value}" if value else f"{name};" for name, value in self.headers.items()
        ]
        sends_body = self.body or self.method == "POST"
        if sends_body and not any(name.lower() == "content-type" for name in self.headers):
            # libcurl would claim that the body is a form.
            lines.append("Content-Type:")
        return lines


def parse_statuses(text: str) -> frozenset[int]:
    """The codes that "200-299,404" names. Raises ValueError."""
    codes: set[int] = set()
    for part in text.split(","):
        match = _RANGE.match(part)
        if match is None:
            raise ValueError(f"{part.strip()!r} is not a status such as 200 or 200-299")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"{part.strip()!r} runs backwards")
        codes.update(range(first, last + 1))
    return frozenset(codes)


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
