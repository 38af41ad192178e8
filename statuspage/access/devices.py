"""Devices that people signed in on before: a signed cookie that says who, and nothing else.

Strangers can use up the tries that a name or a network has; a device that its owner signed in on
has tries of its own, so that nobody can be locked out by others (OWASP, "device cookies").
"""

from secrets import token_urlsafe

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

COOKIE = "statuspage_device"
PATH = "/admin/"
MAX_AGE = 365 * 86_400
"""Seconds for which a device is remembered after the last sign-in on it."""
_SALT = "statuspage.device"
_MAX_NAMES = 20
"""People who share a device; the cookie of more would grow without end."""


def known_device(request: HttpRequest, *, user: str) -> str:
    """Return the id of the device if `user` signed in on it before; '' for any other."""
    device, names = _read(request)
    return device if user.casefold() in names else ""


def remember_device(request: HttpRequest, response: HttpResponseBase, *, user: str) -> None:
    """Set the cookie after `user` has signed in; a device known already keeps its id."""
    device, names = _read(request)
    name = user.casefold()
    names = [name, *(each for each in names if each != name)][:_MAX_NAMES]
    response.set_cookie(
        COOKIE,
        signing.dumps((device or token_urlsafe(16), names), salt=_SALT),
        max_age=MAX_AGE,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    """Return the id of the device and who signed in on it, the last first."""
    try:
        device, names = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=MAX_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return "", []
    return str(device), [str(name) for name in names]
