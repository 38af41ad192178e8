"""Whether a request came by HTTPS, as far as that can be believed.

TLS ends at a proxy, which says in X-Forwarded-Proto how it was asked. Anybody can write that field,
so it counts only where `STATUSPAGE_NUM_PROXIES` says that proxies of our own stand in front.
"""

from collections.abc import Iterable

from django.conf import settings

from statuspage.server.asgi_types import Scope

_SECURE = {"http": "https", "ws": "wss"}


def is_forwarded_https(forwarded: str, *, proxies: int) -> bool:
    """Return whether the outermost of `proxies` of our own was asked by HTTPS.

    Most proxies overwrite X-Forwarded-Proto, some append to it as they do to X-Forwarded-For: then
    what a caller wrote stands to the left of what they appended, and is not looked at.
    """
    words = [part.strip().lower() for part in forwarded.split(",") if part.strip()]
    if not proxies or not words:
        return False
    return words[-min(proxies, len(words))] == "https"


def set_forwarded_scheme(scope: Scope) -> None:
    """Change the scheme of an ASGI request or socket to `https` or `wss` if it came by TLS.

    Everything behind goes by it: Django's `is_secure()`, with it the check of a form's origin, and
    what is said of HTTPS in answers.
    """
    proxies = settings.STATUSPAGE.num_proxies
    if not proxies:
        return
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    lines = [value for name, value in headers if name == b"x-forwarded-proto"]
    if lines and is_forwarded_https(b",".join(lines).decode("latin-1"), proxies=proxies):
        scope["scheme"] = _SECURE.get(scope.get("scheme", "http"), scope.get("scheme", "http"))


def is_secure(scope: Scope) -> bool:
    """Return whether a request, after `set_forwarded_scheme`, came by TLS."""
    return scope.get("scheme") in ("https", "wss")
