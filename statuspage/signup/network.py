"""Where a request comes from, as far as it can be believed."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac


def network_of(request: HttpRequest) -> str:
    """A keyed hash of the caller's network; '' when it cannot be told.

    Headers can be made up, all but those that our own proxies append: with N of them
    (`STATUSPAGE_NUM_PROXIES`), the caller is the N-th from the right. With none the socket's
    address counts; if that is a private one there is a proxy nobody told us of, and to take it
    for the caller would lock everybody out for one.
    """
    proxies = settings.STATUSPAGE.num_proxies
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    text = request.META.get("REMOTE_ADDR", "")
    if proxies:
        text = told[-proxies].strip() if len(told) >= proxies else text
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if not proxies and not address.is_global:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    wide = 24 if address.version == 4 else 64
    network = ipaddress.ip_network((address, wide), strict=False)
    return salted_hmac("subscribers.network", str(network), algorithm="sha256").hexdigest()
