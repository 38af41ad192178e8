"""The client address of a request, as far as it can be believed, and its network."""

import ipaddress
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest

from statuspage.server.asgi_types import Scope


def client_address(peer: str, forwarded: str, *, proxies: int) -> str:
    """Return the caller's address behind `proxies` of our own: each appends its peer's address.

    Whatever a caller wrote stands to the left of what they appended, and is not looked at. Where
    there are fewer addresses than proxies, the request did not come through all of them, and any
    of these may be the caller's own invention: then the socket's address counts.
    """
    hops = [part.strip() for part in forwarded.split(",") if part.strip()]
    return hops[-proxies] if 0 < proxies <= len(hops) else peer


def address_of_request(request: HttpRequest) -> str:
    """Return the client address of a Django request, '' when there is none."""
    return client_address(
        request.META.get("REMOTE_ADDR", ""),
        request.META.get("HTTP_X_FORWARDED_FOR", ""),
        proxies=settings.STATUSPAGE.num_proxies,
    )


def address_of_scope(scope: Scope) -> str:
    """Return the client address of an ASGI request, '' when there is none."""
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    # Some proxies append a line, not a word: all of them count, in their order.
    forwarded = b",".join(value for name, value in headers if name == b"x-forwarded-for")
    return client_address(
        scope["client"][0] if scope.get("client") else "",
        forwarded.decode("latin-1"),
        proxies=settings.STATUSPAGE.num_proxies,
    )


def is_untold_proxy(peer: str) -> bool:
    """Whether requests of a socket's address may be anybody's, passed on by a proxy unknown to us.

    That is so if no setting names a proxy (`STATUSPAGE_NUM_PROXIES`) and the address is none of
    the internet's: a reverse proxy on this machine or beside it, the gateway of a container.
    """
    if settings.STATUSPAGE.num_proxies:
        return False
    parsed = parse_address(peer)
    return parsed is None or not parsed.is_global


def parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address without its zone, IPv4 also if written as IPv6; None for other text."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network_of(address: str) -> str:
    """Return the network that an address is counted with: what one subscriber of a provider has.

    /24 of IPv4, /64 of IPv6; "unknown" for what is no address.
    """
    parsed = parse_address(address)
    if parsed is None:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 64), strict=False))
