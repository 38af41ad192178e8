"""Tries to sign in, counted: every way in to the admin does so before it checks anything.

Attempts are counted per user and network, so that a guesser locks out only the network that the
guesses come from: the owner gets in from anywhere else. A network as a whole has a higher limit,
against guessing one password for many names. The rows are in the database, for every web process
counts the same ones (drill S11).
"""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from statuspage.access.client_address import address_of_request, network_of
from statuspage.models import LoginTry

PERIOD = timedelta(minutes=15)
MAX_ATTEMPTS = 10
"""Of one user from one network, within the period."""
MAX_NETWORK_ATTEMPTS = 100


def network(request: HttpRequest) -> str:
    return network_of(address_of_request(request))


def count_attempt(*, user: str, network: str, now: datetime) -> bool:
    """Count an attempt before its password is checked; False when there were too many.

    Written first and counted after, so that of a thousand at once no more than the limit pass. A
    try that is refused is not kept: one who waits gets in, however often they asked meanwhile.
    """
    row = LoginTry.objects.create(user=_hashed(user), network=network, at=now)
    recent = LoginTry.objects.filter(network=network, at__gt=now - PERIOD)
    by_user = recent.filter(user=row.user)
    allowed = by_user.count() <= MAX_ATTEMPTS and recent.count() <= MAX_NETWORK_ATTEMPTS
    if not allowed:
        row.delete()
    return allowed


def clear_attempts(*, user: str, network: str) -> None:
    """Clear the count of a user who logged in."""
    LoginTry.objects.filter(user=_hashed(user), network=network).delete()


def prune(*, now: datetime) -> None:
    """Forget tries that do not count any more, and sessions that are over."""
    LoginTry.objects.filter(at__lte=now - PERIOD).delete()
    Session.objects.filter(expire_date__lt=now).delete()


def _hashed(user: str) -> str:
    """Return a keyed hash: people type passwords where the name belongs."""
    return salted_hmac("statuspage.login", user.casefold()).hexdigest()
