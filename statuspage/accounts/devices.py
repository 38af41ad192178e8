"""Devices that people have signed in from, each known by a signed cookie of its own."""

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

COOKIE = "statuspage_device"
PATH = "/admin/"
_SALT = "statuspage.device"
_YEAR = 365 * 24 * 3600
_MOST = 20
"""People who share a device; the cookie of more would grow without end."""


def is_known(request: HttpRequest, user: User) -> bool:
    """Return whether this person has signed in from this device within a year."""
    return user.pk in _people(request)


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    people = [user.pk, *(pk for pk in _people(request) if pk != user.pk)][:_MOST]
    response.set_cookie(
        COOKIE,
        signing.dumps(people, salt=_SALT),
        max_age=_YEAR,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _people(request: HttpRequest) -> list[int]:
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_YEAR)
    except signing.BadSignature:
        return []
    return [pk for pk in found if isinstance(pk, int)]
