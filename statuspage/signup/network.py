"""The network that a sign-up is counted with."""

from django.http import HttpRequest

from statuspage.access.client_address import (
    address_of_request,
    is_undeclared_proxy,
    network_of,
)
from statuspage.access.undeclared_proxy import SIGHTINGS

UNTOLD = "behind a proxy that no setting names"
"""All callers together, where the socket's address is a proxy's and says nothing of them."""


def signup_network(request: HttpRequest) -> str:
    """Return the caller's network, or `UNTOLD`."""
    SIGHTINGS.note(request)
    address = address_of_request(request)
    return UNTOLD if is_undeclared_proxy(address) else network_of(address)
