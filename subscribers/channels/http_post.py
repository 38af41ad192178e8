"""HTTP POST to endpoints by libcurl: one deadline for all of it, and no address but allowed
ones. No Django.

libcurl rather than another client because its deadline covers the look-up of the name and a body
that drips, and because it asks before each socket it opens, on every redirect.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote

import pycurl

from components.network.address_guard import AddressGuard
from components.network.ca_bundle import trusted_authorities
from components.network.guarded_sockets import GuardedSocketOpener
from components.network.origin import is_same_or_safer

MAX_BODY_BYTES = 1024
MAX_HEADER_BYTES = 32_768
MAX_REDIRECTS = 3
USER_AGENT = "statuspage/0.1 (+webhook)"
_WEB = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
_ASCII = "".join(map(chr, range(32, 127)))
# libcurl's numbers. Its own messages name hosts, which do not belong in a ledger.
_ERROR_TEXTS = {
    3: "the address cannot be read",
    6: "the name does not resolve",
    7: "no connection",
    23: "the answer's headers are too large",
    28: "no answer in time",
    35: "the TLS handshake failed",
    47: "too many redirects",
    52: "the connection was closed without an answer",
    56: "the connection broke",
    60: "the certificate is not valid",
    100: "too many headers",
}
UNREACHABLE_ERRORS = frozenset({6, 7, 28, 35, 52, 56, 60})
"""Errors of the host, whatever is sent to it."""


@dataclass(slots=True)
class Response:
    """The response to a POST: a status, or an error."""

    status: int = 0
    body: bytes = b""
    retry_after: str = ""
    location: bytes = b""
    error: str = ""
    blocked: bool = False
    """The guard refused the address."""
    unreachable: bool = False
    _header_bytes: int = field(default=0, repr=False)

    def write_body(self, chunk: bytes) -> int:
        """Store the beginning of the body; the rest is not waited for. CURLOPT_WRITEFUNCTION."""
        self.body += chunk[: MAX_BODY_BYTES - len(self.body)]
        return len(chunk) if len(self.body) < MAX_BODY_BYTES else -1

    def write_header(self, line: bytes) -> int:
        self._header_bytes += len(line)
        if self._header_bytes > MAX_HEADER_BYTES:
            return -1
        name, _, value = line.partition(b":")
        match name.strip().lower():
            case b"retry-after":
                self.retry_after = value.strip().decode("latin-1")
            case b"location":
                self.location = self.location or value.strip()
        return len(line)


class HttpPoster:
    """A client with one connection; belongs to one thread."""

    def __init__(self, guard: AddressGuard, *, authorities: str | None = None) -> None:
        self._guard, self._authorities = guard, authorities
        self._handle = pycurl.Curl()

    def post(
        self, url: str, body: bytes, headers: Sequence[tuple[str, str]], *, deadline: float
    ) -> Response:
        """POST by `deadline`, on `time.monotonic()`'s clock. Never raises for the other side.

        Redirects are followed with the message, within the origin of `url`: what is signed for
        one receiver, and may hold its secret, is shown to no other.
        """
        for _ in range(MAX_REDIRECTS + 1):
            response = self._post_once(url, body, headers, deadline=deadline)
            if response.error or not (response.location and 300 <= response.status < 400):
                return response
            try:
                url = _redirected(url, response.location)
            except ValueError as refused:
                return Response(error=str(refused))
        return Response(error=_ERROR_TEXTS[47])

    def _post_once(
        self, url: str, body: bytes, headers: Sequence[tuple[str, str]], *, deadline: float
    ) -> Response:
        response, opener = Response(), GuardedSocketOpener(self._guard)
        handle = self._handle
        handle.reset()  # keeps the connection
        self._prepare(url, body, headers, deadline=deadline)
        opener.watch(handle)
        handle.setopt(pycurl.WRITEFUNCTION, response.write_body)
        handle.setopt(pycurl.HEADERFUNCTION, response.write_header)
        try:
            handle.perform()
        except pycurl.error as error:
            _set_error(response, opener, int(error.args[0]))
        if not response.error:
            response.status = handle.getinfo(pycurl.RESPONSE_CODE)
        return response

    def _prepare(
        self, url: str, body: bytes, headers: Sequence[tuple[str, str]], *, deadline: float
    ) -> None:
        setopt = self._handle.setopt
        setopt(pycurl.URL, url.encode("utf-8"))
        setopt(pycurl.POSTFIELDS, body)
        setopt(pycurl.HTTPHEADER, [
            "Content-Type: application/json", "Expect:",
            *(f"{name}: {value}" for name, value in headers),
        ])  # fmt: skip
        setopt(pycurl.USERAGENT, USER_AGENT)
        setopt(pycurl.PROTOCOLS, _WEB)
        setopt(pycurl.PROXY, "")
        setopt(pycurl.NOSIGNAL, 1)
        setopt(pycurl.TIMEOUT_MS, max(1, int((deadline - time.monotonic()) * 1000)))
        setopt(pycurl.CAINFO, self._authorities or trusted_authorities())

    def close(self) -> None:
        with suppress(pycurl.error):
            self._handle.close()


def _redirected(url: str, location: bytes) -> str:
    """Return the address that a redirect names. Raises ValueError saying why it is not followed."""
    parts = pycurl.CurlUrl(url)
    try:
        parts.url = quote(location, safe=_ASCII)
        target = str(parts.url)
    except (pycurl.error, UnicodeError):
        raise ValueError("redirected to an address that cannot be read") from None
    if not is_same_or_safer(url, target):
        raise ValueError("redirected to another origin: enter the address that it moved to")
    return target


def _set_error(response: Response, opener: GuardedSocketOpener, number: int) -> None:
    if opener.failure:
        response.error, response.blocked = opener.failure, opener.failure.startswith("blocked")
    elif number == pycurl.E_WRITE_ERROR and len(response.body) >= MAX_BODY_BYTES:
        return  # we broke it off: enough was read
    else:
        response.error = _ERROR_TEXTS.get(number, f"libcurl error {number}")
        response.unreachable = number in UNREACHABLE_ERRORS
