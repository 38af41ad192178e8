"""The response of an endpoint, read up to a limit, and judged."""

import re
from dataclasses import dataclass, field

from monitors.probers.endpoint.assertions import ObservedResponse
from monitors.probers.endpoint.charsets import header_text
from monitors.probers.endpoint.config import EndpointConfig
from monitors.probers.endpoint.content_codings import (
    BodyDecoder,
    UndecodableError,
    coding_names,
)
from monitors.probing.base import AssertionResult, ProbeStatus, one_line

_WITH_BODY = {"body", "json"}
_CONTENT_ENCODING = re.compile(rb"^content-encoding[ \t]*:([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_HEAD_ENDS = (b"\r\n", b"\n")
_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)? +[1-9]\d\d")


@dataclass(slots=True)
class CheckResponse:
    """The response of one transfer, decoded; of the body only what assertions ask for is kept."""

    limit: int
    """How many bytes of the body are read, and how many it may unpack to."""
    timeout: float
    keep_body: bool = False
    follows: bool = False
    """Whether a redirect is followed, so that its own body is not waited for."""
    refusal: str = ""
    """Why a redirect was not followed after all; '' if none was refused."""
    truncated: bool = False
    failure: str = ""
    """Why the body cannot be decoded; '' when it can."""
    size: int = 0
    """Bytes of the body, decoded."""
    _received: int = 0
    _chunks: list[bytes] = field(default_factory=list)
    _headers: list[bytes] = field(default_factory=list)
    _head_is_open: bool = False
    _is_broken: bool = False
    _decoder: BodyDecoder | None = None

    @classmethod
    def to(cls, config: EndpointConfig, *, timeout: float) -> "CheckResponse":
        keep = any(assertion.subject in _WITH_BODY for assertion in config.parsed_assertions)
        return cls(
            limit=config.max_bytes,
            timeout=timeout,
            keep_body=keep,
            follows=config.follow_redirects > 0,
        )

    @property
    def has_broken_head(self) -> bool:
        """Whether a head, its own or that of a redirect, has no end: libcurl lets that pass."""
        return self._head_is_open or self._is_broken

    @property
    def was_stopped(self) -> bool:
        """Whether it was broken off here, for what it is."""
        return self.truncated or bool(self.failure) or self.location is not None

    @property
    def location(self) -> bytes | None:
        """Where the response redirects to, if that is followed; None if it does not."""
        if not self.follows or self.has_broken_head or not self._headers:
            return None
        status = self._headers[0].split(maxsplit=2)[1:2]
        if not status or not status[0].startswith(b"3"):
            return None
        for line in self._headers[1:]:
            if line[:9].lower() == b"location:" and (value := line[9:].strip()):
                return value
        return None

    def write_header(self, line: bytes) -> None:
        """Add a header line; the head of the last response counts, not those of redirects."""
        if line.startswith(b"HTTP/") and _STATUS_LINE.match(line):
            self._is_broken = self._is_broken or self._head_is_open
            self._head_is_open = True
            self._headers.clear()
        elif not self._head_is_open:
            return  # a trailer
        elif line in _HEAD_ENDS:
            self._head_is_open = False
        self._headers.append(line)  # libcurl takes 300 kB of them

    def write_body(self, chunk: bytes) -> int:
        """Add a chunk; return the bytes taken: libcurl breaks off when those are not all."""
        left = self.limit - self._received
        taken = chunk[:left]
        if not self._received and taken:
            if self.location is not None:
                return 0
            self._open_decoder()
        self._received += len(taken)
        if self._decoder is not None:
            self._decode(self._decoder, taken)
        elif not self.failure:
            self._keep(taken)
        self.truncated = self.truncated or len(chunk) > left
        return 0 if self.was_stopped else len(taken)

    def finish(self) -> None:
        """Check that nothing of the body is missing, once the transfer is over."""
        if self._decoder is None or self.was_stopped:
            return
        try:
            self._decoder.finish()
        except UndecodableError as error:
            self.failure = str(error)

    def observed(self, *, status: int, total_ms: float) -> ObservedResponse:
        return ObservedResponse(
            status=status,
            headers=_parse(self._headers),
            body=b"".join(self._chunks),
            size=self.size,
            total_ms=total_ms,
            missing=self.missing,
        )

    def header(self, name: bytes) -> str:
        """Return the first header of this name, which is in lower case; '' without one."""
        lines = (line.partition(b":") for line in self._headers)
        found = (value for key, _, value in lines if key.strip().lower() == name)
        return next(found, b"").decode("latin-1").strip()

    @property
    def missing(self) -> str:
        """What of the body is not there to be judged, in words; '' when it is there whole."""
        if self.failure:
            return "an answer that cannot be read"
        return f"only the first {self.limit} bytes" if self.truncated else ""

    def _open_decoder(self) -> None:
        head = b"".join(self._headers)
        named = _CONTENT_ENCODING.findall(head) if b"content-encoding" in head.lower() else []
        names = coding_names(b",".join(named).decode("latin-1")) if named else []
        if not names:
            return
        try:
            self._decoder = BodyDecoder(names, limit=self.limit, sink=self._keep)
        except UndecodableError as error:
            self.failure = str(error)

    def _decode(self, decoder: BodyDecoder, data: bytes) -> None:
        try:
            decoder.feed(data)
        except UndecodableError as error:
            self.failure = str(error)
        self.truncated = self.truncated or decoder.is_cut

    def _keep(self, data: bytes) -> None:
        self.size += len(data)
        if self.keep_body:
            self._chunks.append(data)


def _parse(lines: list[bytes]) -> dict[str, str]:
    """Return the headers of a head by their names in lower case, several of one name joined."""
    head = b"".join(lines)
    try:
        texts = head.decode().split("\n")
    except UnicodeDecodeError:
        texts = [header_text(line) for line in head.split(b"\n")]
    headers: dict[str, str] = {}
    for line in texts[1:]:
        name, colon, value = line.partition(":")
        if colon:
            key, value = name.strip().lower(), value.strip()
            headers[key] = (
                ", ".join(filter(None, [headers[key], value])) if key in headers else value
            )
    return headers


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
    wrong = (
        _wrong(config, status, final_host=final_host, protocol=protocol)
        or response.failure
        or _failed(asserted)
    )
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
