"""Tries to sign in, counted: every way in to the admin does so before it checks anything.

Attempts are counted per name and network, per network, and per name from wherever; so a guesser
meets a limit whichever of them is changed. A device on which the name logged in before is counted
by itself, and by nothing else: whatever strangers do, its owner gets in. The counts are shared by
all web processes (`components.limiting`, drill S11).
"""

from datetime import datetime, timedelta

from django.http import HttpRequest

from components import limiting
from components.limiting import Limit
from statuspage.access.client_address import address_of_request, network_of
from statuspage.access.undeclared_proxy import SIGHTINGS

PERIOD = timedelta(minutes=15)
MAX_ATTEMPTS = 10
"""Of one user from one network, or from one known device, within the period."""
MAX_NETWORK_ATTEMPTS = 100
MAX_USER_ATTEMPTS = 100
"""Of one user from all networks together, on devices that are not known."""


def network(request: HttpRequest) -> str:
    """Return the network that a log-in is counted with."""
    SIGHTINGS.note(request)
    return network_of(address_of_request(request))


def count_attempt(
    *, user: str, network: str, now: datetime, device: str = "", is_person: bool = True
) -> bool:
    """Count an attempt before anything is checked; False when there were too many.

    `device` is what `devices.known_device` returns. A `user` who is no person, such as a provider
    that answers for many, has no limit from wherever: strangers would use it up for all.
    """
    limits = _limits(user, network, device, is_person=is_person)
    return limiting.allow_all(limits, now=now) is None


def clear_attempts(*, user: str, network: str, device: str = "") -> None:
    """Clear the count of a user who logged in, at this network and on this device."""
    name = user.casefold()
    limiting.forget(_near(name, network), *([_on(name, device)] if device else ()))


def _limits(user: str, network: str, device: str, *, is_person: bool) -> list[Limit]:
    name = user.casefold()
    if device:
        return [Limit(_on(name, device), MAX_ATTEMPTS, PERIOD)]
    limits = [
        Limit(_near(name, network), MAX_ATTEMPTS, PERIOD),
        Limit(f"login network {network}", MAX_NETWORK_ATTEMPTS, PERIOD),
    ]
    if is_person:
        limits.append(Limit(f"login name {name}", MAX_USER_ATTEMPTS, PERIOD))
    return limits


def _near(name: str, network: str) -> str:
    return f"login network {network} name {name}"


def _on(name: str, device: str) -> str:
    return f"login device {device} name {name}"
