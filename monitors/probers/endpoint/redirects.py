"""Redirects of an endpoint, followed here and not by libcurl: each hop is a transfer of its own.

So each hop's name is looked up and its address judged as the first one's is, and what was written
for one origin goes to that one: once a redirect has left it, headers that are secrets, the `Host`
header, the request's body and the client certificate are sent no more, not even when another
redirect leads back. Methods change as the Fetch standard and libcurl have it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import pycurl

from components.network.origin import origin_of
from monitors.probing.base import one_line
from monitors.probing.host_fields import with_ascii_host

_ASCII = "".join(map(chr, range(33, 127)))
_UNSUPPORTED_SCHEME = 5  # CURLUE_UNSUPPORTED_SCHEME
_SEE_OTHER, _BECOME_GET = 303, (301, 302)


class RedirectError(Exception):
    """A redirect that is not followed; the message says why."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One request of a check: the first, or one that a redirect led to."""

    url: str
    method: str
    sends_body: bool
    count: int = 0
    """How many redirects led here."""
    at_home: bool = True
    """Whether no redirect has left the origin that the settings name."""
    cookies: tuple[bytes, ...] = ()
    """What earlier hops have set, as libcurl lists it; it says itself to which hosts each goes."""
    phases: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds of the earlier hops."""

    @property
    def is_tls(self) -> bool:
        return self.url.lower().startswith("https:")

    def with_phases(self, phases: Mapping[str, float]) -> dict[str, float]:
        """Return the durations of this hop with those of all before it."""
        return {name: took + self.phases.get(name, 0.0) for name, took in phases.items()}


def next_hop(
    hop: Hop,
    location: bytes,
    *,
    status: int,
    limit: int,
    cookies: tuple[bytes, ...],
    phases: Mapping[str, float],
) -> Hop:
    """Return the request that a redirect asks for. Raises RedirectError."""
    if hop.count >= limit:
        raise RedirectError("too many redirects")
    url = redirect_url(hop.url, location)
    method, sends_body = hop.method, hop.sends_body
    if (status == _SEE_OTHER and method != "HEAD") or (status in _BECOME_GET and method == "POST"):
        method, sends_body = "GET", False
    at_home = hop.at_home and origin_of(url) == origin_of(hop.url)
    if sends_body and not at_home:
        raise RedirectError(
            f"redirected to {_host(url)}, another origin, to which the body is not sent"
        )
    return replace(
        hop, url=url, method=method, sends_body=sends_body, count=hop.count + 1, at_home=at_home,
        cookies=cookies, phases=hop.with_phases(phases),
    )  # fmt: skip


def redirect_url(base: str, location: bytes) -> str:
    """Return the address that a `Location` stands for, in ASCII. Raises RedirectError.

    A host's name in letters is converted by IDNA, whether or not it came as UTF-8; of a path the
    bytes are kept as they came, as browsers do.
    """
    octets = location.strip()
    if octets.startswith(b"//"):
        octets = f"{base.partition(':')[0]}:".encode() + octets
    try:
        text = octets.decode("utf-8", "surrogateescape")
        text = with_ascii_host(text)
    except ValueError:
        raise _unreadable() from None
    # libcurl's own parser: what is judged here is what will be asked for.
    parts = pycurl.CurlUrl(base)
    try:
        parts.url = quote(text, safe=_ASCII + " ", errors="surrogateescape")
        scheme = str(parts.scheme)
        if scheme in ("http", "https"):
            parts.user = parts.password = parts.fragment = None
            return str(parts.url)
    except pycurl.error as error:
        if error.args[0] != _UNSUPPORTED_SCHEME:
            raise _unreadable() from None
        scheme = text.partition(":")[0]
    except UnicodeError:
        raise _unreadable() from None
    raise RedirectError(f"redirected to where a probe does not go: {one_line(scheme, limit=40)}:")


def host_of(url: str) -> str:
    """Return the host of an address, without brackets."""
    return str(pycurl.CurlUrl(url).host).strip("[]")


def _host(url: str) -> str:
    return one_line(host_of(url), limit=100)


def _unreadable() -> RedirectError:
    return RedirectError("redirected to an address that cannot be read")
