"""Log-in to the admin: the one place where it happens, and where a second factor belongs.

Attempts are counted per name and network, per network, and per name from wherever; so a guesser
meets a limit whichever of them is changed. A device on which the name logged in before is counted
by itself, and by nothing else: whatever strangers do, its owner gets in. The counts are shared by
all web processes (`components.limiting`, drill S11).
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from components import limiting
from components.limiting import Limit
from statuspage.access.client_address import address_of_request, network_of
from statuspage.access.devices import known_device
from statuspage.access.untold_proxy import SIGHTINGS

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


def count_attempt(*, user: str, network: str, now: datetime, device: str = "") -> bool:
    """Count an attempt before its password is checked; False when there were too many.

    `device` is what `devices.known_device` returns.
    """
    return limiting.allow_all(_limits(user, network, device), now=now) is None


def clear_attempts(*, user: str, network: str, device: str = "") -> None:
    """Clear the count of a user who logged in, at this network and on this device."""
    name = user.casefold()
    limiting.forget(_near(name, network), *([_on(name, device)] if device else ()))


def _limits(user: str, network: str, device: str) -> list[Limit]:
    name = user.casefold()
    if device:
        return [Limit(_on(name, device), MAX_ATTEMPTS, PERIOD)]
    return [
        Limit(_near(name, network), MAX_ATTEMPTS, PERIOD),
        Limit(f"login network {network}", MAX_NETWORK_ATTEMPTS, PERIOD),
        Limit(f"login name {name}", MAX_USER_ATTEMPTS, PERIOD),
    ]


def _near(name: str, network: str) -> str:
    return f"login network {network} name {name}"


def _on(name: str, device: str) -> str:
    return f"login device {device} name {name}"


class LoginForm(AdminAuthenticationForm):
    refused = False
    """Whether there were too many attempts, so that the password was not checked."""

    def clean(self) -> dict[str, Any]:
        user, request = self.cleaned_data.get("username"), self.request
        if not user or request is None or not self.cleaned_data.get("password"):
            return super().clean()
        caller = {"network": network(request), "device": known_device(request, user=user)}
        if not count_attempt(user=user, now=datetime.now(UTC), **caller):
            self.refused = True
            raise ValidationError(
                f"Too many tries. Wait {PERIOD.seconds // 60} minutes, or log in from another"
                " network or on a device that you logged in on before.",
                code="throttled",
            )
        cleaned = super().clean()
        clear_attempts(user=user, **caller)
        return cleaned
