"""Posts to somebody's endpoint by libcurl: one deadline for all of it, and no address but allowed
ones. No Django.

libcurl rather than another client because its deadline covers the look-up of the name and a body
that drips, and because it asks before each socket it opens, on every redirect.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import pycurl

from components.network.address_guard import AddressGuard
from components.network.ca_bundle import trusted_authorities
from components.network.guarded_sockets import GuardedSocketOpener

KEPT_BYTES = 1024
HEADER_BYTES = 32_768
REDIRECTS = 3
USER_AGENT = "statuspage/0.1 (+webhook)"
_WEB = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
# libcurl's numbers. Its own messages name hosts, which are nobody's business in a ledger.
_TROUBLES = {
    1: "redirected to something other than http or https",
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
UNREACHED = frozenset({6, 7, 28, 35, 52, 56, 60})
"""Troubles of the host, whatever is sent to it."""


@dataclass(slots=True)
class Reply:
    """What came of a POST: a status, or a trouble."""

    status: int = 0
    body: bytes = b""
    retry_after: str = ""
    trouble: str = ""
    blocked: bool = False
    """The guard refused the address."""
    unreached: bool = False
    _header_bytes: int = field(default=0, repr=False)

    def take(self, chunk: bytes) -> int:
        """Keep the beginning of the body; what is not kept is not waited for."""
        self.body += chunk[: KEPT_BYTES - len(self.body)]
        return len(chunk) if len(self.body) < KEPT_BYTES else -1

    def take_header(self, line: bytes) -> int:
        self._header_bytes += len(line)
        if self._header_bytes > HEADER_BYTES:
            return -1
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"retry-after":
            self.retry_after = value.strip().decode("latin-1")
        return len(line)


class HttpPoster:
    """One connection's worth of posting; belongs to one thread."""

    def __init__(self, guard: AddressGuard, *, authorities: str | None = None) -> None:
        self._guard, self._authorities = guard, authorities
        self._handle = pycurl.Curl()

    def post(
        self, url: str, body: bytes, headers: Sequence[tuple[str, str]], *, deadline: float
    ) -> Reply:
        """POST by `deadline`, on `time.monotonic()`'s clock. Never raises for the other side."""
        reply, opener = Reply(), GuardedSocketOpener(self._guard)
        handle = self._handle
        handle.reset()  # keeps the connection
        self._prepare(url, body, headers, deadline=deadline)
        handle.setopt(pycurl.OPENSOCKETFUNCTION, opener.open_socket)
        handle.setopt(pycurl.WRITEFUNCTION, reply.take)
        handle.setopt(pycurl.HEADERFUNCTION, reply.take_header)
        try:
            handle.perform()
        except pycurl.error as error:
            _explain(reply, opener, int(error.args[0]))
        if not reply.trouble:
            reply.status = handle.getinfo(pycurl.RESPONSE_CODE)
        return reply

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
        setopt(pycurl.REDIR_PROTOCOLS, _WEB)
        setopt(pycurl.FOLLOWLOCATION, 1)
        setopt(pycurl.MAXREDIRS, REDIRECTS)
        setopt(pycurl.POSTREDIR, pycurl.REDIR_POST_ALL)
        setopt(pycurl.PROXY, "")
        setopt(pycurl.NOSIGNAL, 1)
        setopt(pycurl.TIMEOUT_MS, max(1, int((deadline - time.monotonic()) * 1000)))
        setopt(pycurl.CAINFO, self._authorities or trusted_authorities())

    def close(self) -> None:
        with suppress(pycurl.error):
            self._handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _explain(reply: Reply, opener: GuardedSocketOpener, number: int) -> None:
    if opener.failure:
        reply.trouble, reply.blocked = opener.failure, opener.failure.startswith("blocked")
    elif number == pycurl.E_WRITE_ERROR and len(reply.body) >= KEPT_BYTES:
        return  # we broke it off: enough was read
    else:
        reply.trouble = _TROUBLES.get(number, f"libcurl error {number}")
        reply.unreached = number in UNREACHED
