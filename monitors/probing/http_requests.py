"""HTTP requests for checks in threads, by libcurl: one deadline and one guard for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import pycurl

from components.network.address_guard import AddressGuard
from components.network.guarded_sockets import GuardedSocketOpener
from monitors.probing.base import ProbeStatus
from monitors.probing.connections import Deadline, ProbeAbortedError, addresses_of
from monitors.probing.curl_errors import explain
from monitors.probing.curl_multi import resolved
from monitors.probing.curl_options import (
    USER_AGENT,
    phases,
    reached,
    set_trust,
)
from monitors.probing.url_validators import named_host

MAX_BODY_BYTES = 65_536
_CUT = 23  # libcurl's word for "the answer was not taken in"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. Header names are in lower case; of the body the first 64 kB are kept."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    phases: dict[str, float]


class Requests:
    """The requests of one check. They share a connection, which the guard has let through."""

    def __init__(
        self, *, deadline: Deadline, guard: AddressGuard, verify: bool, authorities: str
    ) -> None:
        self._deadline, self._opener, self._guard = deadline, GuardedSocketOpener(guard), guard
        self._verify, self._authorities = verify, authorities
        self._handle = pycurl.Curl()
        self._addresses: dict[tuple[str, int], list[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._handle.close()

    def ask(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """One request; redirects are not followed. Raises OverError."""
        before = self._deadline.elapsed_ms()
        host = named_host(url)
        if host is not None and host not in self._addresses:
            found, _ = addresses_of(host[0], deadline=self._deadline, guard=self._guard)
            self._addresses[host] = found
        name_ms = self._deadline.elapsed_ms() - before
        chunks: list[bytes] = []
        lines: list[bytes] = []
        handle = self._prepared(method, url, headers, body)
        if host is not None:
            handle.setopt(pycurl.RESOLVE, resolved(host, self._addresses[host]))
        handle.setopt(pycurl.WRITEFUNCTION, _taking(chunks))
        handle.setopt(pycurl.HEADERFUNCTION, lines.append)
        handle.setopt(pycurl.TIMEOUT_MS, max(1, round(self._deadline.left("no answer") * 1000)))
        try:
            handle.perform()
        except pycurl.error as error:
            if error.args[0] != _CUT:
                raise self._over(error, is_tls=url.startswith("https:")) from None
        status = int(handle.getinfo(pycurl.RESPONSE_CODE))
        return Reply(status, _headers(lines), b"".join(chunks), phases(handle, name_ms=name_ms))

    def _prepared(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> pycurl.Curl:
        handle = self._handle
        handle.reset()  # keeps the connection
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.PROXY, "")
        handle.setopt(pycurl.USERAGENT, USER_AGENT)
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.OPENSOCKETFUNCTION, self._opener.open_socket)
        lines = [f"{name}: {value}" for name, value in headers.items()]
        if method == "HEAD":
            handle.setopt(pycurl.NOBODY, 1)
        elif body:
            handle.setopt(pycurl.POSTFIELDS, body)
            lines += ["Content-Type:", "Expect:"]
        if method not in ("GET", "HEAD"):
            handle.setopt(pycurl.CUSTOMREQUEST, method)
        handle.setopt(pycurl.HTTPHEADER, lines)
        set_trust(handle, verify=self._verify, authorities=self._authorities, file=None)
        return handle

    def _over(self, error: pycurl.error, *, is_tls: bool) -> ProbeAbortedError:
        if self._opener.failure:
            return ProbeAbortedError(ProbeStatus.INCONCLUSIVE, self._opener.failure)
        code, message = error.args[:2]
        word, told = explain(
            code=code,
            message=message,
            reached=reached(self._handle, is_tls=is_tls),
            os_errno=self._handle.getinfo(pycurl.OS_ERRNO),
            timeout=self._deadline.timeout,
        )
        return ProbeAbortedError(word, told)


def _taking(chunks: list[bytes]) -> "object":
    left = MAX_BODY_BYTES

    def take(chunk: bytes) -> int:
        nonlocal left
        taken = chunk[:left]
        chunks.append(taken)
        left -= len(taken)
        return len(taken)

    return take


def _headers(lines: list[bytes]) -> dict[str, str]:
    pairs = (line.decode("latin-1").partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
