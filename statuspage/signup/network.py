"""The network that a sign-up is counted with."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from statuspage.access.client_address import address_of_request, network_of, parse_address


def hashed_network(request: HttpRequest) -> str:
    """Return a keyed hash of the caller's network; '' when it is not known.

    Without proxies of our own (`STATUSPAGE_NUM_PROXIES`) the socket's address counts; if that is a
    private one there is a proxy that no setting names, and to take it for the caller would lock
    everybody out for one.
    """
    address = address_of_request(request)
    parsed = parse_address(address)
    if parsed is None or (not settings.STATUSPAGE.num_proxies and not parsed.is_global):
        return ""
    return salted_hmac("subscribers.network", network_of(address), algorithm="sha256").hexdigest()
