"""HTTP requests for checks in threads, by libcurl, with one deadline and one guard."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

import pycurl

from components.network.address_guard import AddressGuard
from components.network.guarded_sockets import GuardedSocketOpener
from monitors.probing.base import ProbeStatus
from monitors.probing.connections import Deadline, ProbeAbortedError, allowed_addresses
from monitors.probing.curl_errors import explain
from monitors.probing.curl_multi import resolve_entries
from monitors.probing.curl_options import (
    USER_AGENT,
    name_error,
    phase_durations,
    presented_leaf,
    set_trust,
    stage_reached,
)
from monitors.probing.url_validators import host_to_resolve, validate_url

MAX_BODY_BYTES = 65_536
MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WRITE_ERROR = 23  # libcurl's word for "the answer was not taken in"


@dataclass(frozen=True, slots=True)
class Response:
    """A response. Header names are in lower case; of a body no more is kept than asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    phases: dict[str, float]


class HttpSession:
    """The session of one check. Requests share a connection, which the guard has let through."""

    def __init__(
        self,
        *,
        deadline: Deadline,
        guard: AddressGuard,
        verify: bool,
        authorities: str,
        max_body: int = MAX_BODY_BYTES,
        compressed: bool = False,
    ) -> None:
        """`max_body` is how many bytes of a body are kept, after its content coding is undone.

        `compressed`: whether servers may use one.
        """
        self._deadline, self._opener, self._guard = deadline, GuardedSocketOpener(guard), guard
        self._verify, self._authorities, self._max_body = verify, authorities, max_body
        self._compressed = compressed
        self._handle = pycurl.Curl()
        self._addresses: dict[tuple[str, int], list[str]] = {}

    def close(self) -> None:
        self._handle.close()

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b""
    ) -> Response:
        """Make one request; redirects are not followed. Raises ProbeAbortedError."""
        before = self._deadline.elapsed_ms()
        host = host_to_resolve(url)
        if host is not None and host not in self._addresses:
            found, _ = allowed_addresses(host[0], deadline=self._deadline, guard=self._guard)
            self._addresses[host] = found
        name_ms = self._deadline.elapsed_ms() - before
        chunks: list[bytes] = []
        lines: list[bytes] = []
        handle = self._prepared(method, url, headers, body)
        if host is not None:
            handle.setopt(pycurl.RESOLVE, resolve_entries(host, self._addresses[host]))
        handle.setopt(pycurl.WRITEFUNCTION, _body_writer(chunks, self._max_body))
        handle.setopt(pycurl.HEADERFUNCTION, lines.append)
        handle.setopt(pycurl.TIMEOUT_MS, max(1, round(self._deadline.left("no answer") * 1000)))
        try:
            handle.perform()
        except pycurl.error as error:
            if error.args[0] != _WRITE_ERROR:
                raise self._aborted(error, is_tls=url.startswith("https:")) from None
        if self._verify and (wrong := name_error(presented_leaf(handle))):
            raise ProbeAbortedError(ProbeStatus.DOWN, wrong)
        status = int(handle.getinfo(pycurl.RESPONSE_CODE))
        return Response(
            status, _headers(lines), b"".join(chunks), phase_durations(handle, name_ms=name_ms)
        )

    def follow(self, url: str, *, headers: Mapping[str, str]) -> Response:
        """GET an address, and where it redirects to. Raises ProbeAbortedError."""
        for _ in range(MAX_REDIRECTS + 1):
            response = self.request("GET", url, headers=headers)
            location = response.headers.get("location", "")
            if response.status not in _REDIRECTS or not location:
                return response
            try:
                url = validate_url(urljoin(url, location))
            except ValueError:
                raise ProbeAbortedError(
                    ProbeStatus.DOWN, "it redirects to something that is no address"
                ) from None
        raise ProbeAbortedError(ProbeStatus.DOWN, f"it redirects more than {MAX_REDIRECTS} times")

    def _prepared(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> pycurl.Curl:
        handle = self._handle
        handle.reset()  # keeps the connection
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.PROXY, "")
        handle.setopt(pycurl.USERAGENT, USER_AGENT)
        if self._compressed:
            handle.setopt(pycurl.ACCEPT_ENCODING, "")  # all that libcurl can undo
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        self._opener.watch(handle)
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

    def _aborted(self, error: pycurl.error, *, is_tls: bool) -> ProbeAbortedError:
        if self._opener.failure:
            return ProbeAbortedError(ProbeStatus.INCONCLUSIVE, self._opener.failure)
        code, message = error.args[:2]
        word, message = explain(
            code=code,
            message=message,
            stage=stage_reached(self._handle, is_tls=is_tls),
            os_errno=self._handle.getinfo(pycurl.OS_ERRNO),
            timeout=self._deadline.timeout,
        )
        return ProbeAbortedError(word, message)


def _body_writer(chunks: list[bytes], limit: int) -> "object":
    left = limit

    def write(chunk: bytes) -> int:
        nonlocal left
        kept = chunk[:left]
        chunks.append(kept)
        left -= len(kept)
        return len(kept)

    return write


def _headers(lines: list[bytes]) -> dict[str, str]:
    pairs = (line.decode("latin-1").partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
