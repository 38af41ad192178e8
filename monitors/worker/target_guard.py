"""The address guard that the settings configure."""

from ipaddress import ip_network

from django.conf import settings

from components.network.address_guard import AddressGuard


def configured_guard() -> AddressGuard:
    """Return the guard for the targets of probes."""
    options = settings.STATUSPAGE
    return AddressGuard(
        allow_private=options.private_targets,
        allowed_networks=tuple(ip_network(name) for name in options.allowed_networks),
        container_sockets=options.container_sockets,
    )
