"""Devices that logged in before: a signed cookie that says for whom, and nothing else.

Strangers can use up the tries that a name or a network has; a device that its owner logged in on
has tries of its own, so that nobody can be locked out by others (OWASP, "device cookies").
"""

from secrets import token_urlsafe

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

COOKIE = "statuspage_device"
MAX_AGE = 180 * 86_400
"""Seconds for which a device is remembered after its last log-in."""
_SALT = "statuspage.device"


def known_device(request: HttpRequest, *, user: str) -> str:
    """Return the id of the device if `user` logged in on it before; '' for any other."""
    try:
        name, device = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=MAX_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(device) if name == user.casefold() else ""


def remember_device(request: HttpRequest, response: HttpResponseBase, *, user: str) -> None:
    """Set the cookie after `user` has logged in; a device known already keeps its id."""
    device = known_device(request, user=user) or token_urlsafe(16)
    response.set_cookie(
        COOKIE,
        signing.dumps((user.casefold(), device), salt=_SALT),
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
