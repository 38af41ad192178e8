"""Who is calling, as the address that may be believed, and the network it is counted with."""

import ipaddress
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest

from statuspage.server.asgi_types import Scope


def client_address(peer: str, forwarded: str, *, proxies: int) -> str:
    """The caller's address, with `proxies` of our own in front: each appends whom it heard.

    Whatever a caller wrote stands to the left of what they appended, and is not looked at. Where
    there are fewer addresses than proxies, the request did not come through all of them, and any
    of these may be the caller's own invention: then the socket's address counts.
    """
    told = [part.strip() for part in forwarded.split(",") if part.strip()]
    return told[-proxies] if 0 < proxies <= len(told) else peer


def address_of_request(request: HttpRequest) -> str:
    """The address of who sent a request to a Django view, '' when there is none."""
    return client_address(
        request.META.get("REMOTE_ADDR", ""),
        request.META.get("HTTP_X_FORWARDED_FOR", ""),
        proxies=settings.STATUSPAGE.num_proxies,
    )


def address_of_scope(scope: Scope) -> str:
    """The address of who sent an ASGI request, '' when there is none."""
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    # Some proxies append a line, not a word: all of them count, in their order.
    forwarded = b",".join(value for name, value in headers if name == b"x-forwarded-for")
    return client_address(
        scope["client"][0] if scope.get("client") else "",
        forwarded.decode("latin-1"),
        proxies=settings.STATUSPAGE.num_proxies,
    )


def parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address without its zone, IPv4 also where it is written as IPv6; None for other text."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network_of(address: str) -> str:
    """The network that an address is counted with: what one subscriber of a provider has.

    /24 of IPv4, /64 of IPv6; "unknown" for what is no address.
    """
    parsed = parse_address(address)
    if parsed is None:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 64), strict=False))
