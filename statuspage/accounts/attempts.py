"""Tries to sign in: each way in counts them here, before anything is checked."""

from datetime import UTC, datetime

from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from statuspage.access import login
from statuspage.access.devices import known_device
from statuspage.accounts import journal
from statuspage.api.limits import LIMITER

PASSKEY = "passkey"
BEGINNINGS_PER_MINUTE = 60
"""Of a network: ceremonies that are begun keep a session each."""


def admit(request: HttpRequest, name: str, *, person: str = "") -> None:
    """Count a try on `name`, which is one of `person`'s if it is anybody's.

    Raises the response, a 429, when there were too many.
    """
    network = login.network(request)
    if not login.count_attempt(
        user=name,
        network=network,
        now=datetime.now(UTC),
        device=known_device(request, user=person) if person else "",
        is_person=bool(person),
    ):
        _journal_once(name, network)
        raise ImmediateHttpResponse(_refusal(request, seconds=login.PERIOD.seconds))


def forget(request: HttpRequest, name: str, *, person: str = "") -> None:
    """Clear the count of `name`: the try was the right one."""
    device = known_device(request, user=person) if person else ""
    login.clear_attempts(user=name, network=login.network(request), device=device)


def begin(request: HttpRequest) -> None:
    """Count a ceremony that is begun, not yet a try; its session of a stranger lasts an hour.

    Raises the response, a 429, when there were too many.
    """
    allowance = LIMITER.count(f"sign-in from {login.network(request)}", quota=BEGINNINGS_PER_MINUTE)
    if allowance.refused:
        raise ImmediateHttpResponse(_refusal(request, seconds=allowance.reset))
    if not request.user.is_authenticated:
        request.session.set_expiry(3600)


def second_factor(user: User) -> str:
    """Return the name under which tries on somebody's second factor are counted."""
    return f"second factor of {user.get_username()}"


def _journal_once(name: str, network: str) -> None:
    """Journal in each period once that a name was refused: strangers may ask without end."""
    digest = salted_hmac("statuspage.refused", name.casefold()).hexdigest()
    if cache.add(f"refused {digest} {network}".replace(" ", ":"), 1, login.PERIOD.seconds):
        journal.too_many_tries(name, network)


def _refusal(request: HttpRequest, *, seconds: int) -> HttpResponse:
    context = {"minutes": -(-seconds // 60)}
    response = render(request, "account/too_many_tries.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response
