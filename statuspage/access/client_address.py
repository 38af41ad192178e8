"""The client address of a request, as far as it can be believed, and its network."""

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest

from components.network.client_networks import network_of, parse_address
from statuspage.server.asgi_types import Scope

__all__ = [
    "address_of_request", "address_of_scope", "client_address", "is_passed_on",
    "is_undeclared_proxy", "network_of",
]  # fmt: skip

_OF_PROXIES = frozenset({b"x-forwarded-for", b"x-real-ip", b"forwarded", b"via"})
"""What proxies add, in lower case, as ASGI has it."""


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


def is_undeclared_proxy(peer: str) -> bool:
    """Whether requests of a socket's address may be anybody's, passed on by a proxy unknown to us.

    That is so if no setting names a proxy (`STATUSPAGE_NUM_PROXIES`) and the address is none of
    the internet's: a reverse proxy on this machine or beside it, the gateway of a container.
    """
    if settings.STATUSPAGE.num_proxies:
        return False
    parsed = parse_address(peer)
    return parsed is None or not parsed.is_global


def is_passed_on(scope: Scope) -> bool:
    """Whether an ASGI request was passed on by a proxy unknown to us, as far as its head says.

    Then the socket's address is the proxy's: it says nothing of who asks, and opens no door.
    """
    peer = scope["client"][0] if scope.get("client") else ""
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return is_undeclared_proxy(peer) and any(name in _OF_PROXIES for name, _ in headers)
