"""The address guard as the settings have it for endpoints of people and of operators."""

from ipaddress import ip_network

from django.conf import settings

from components.network.address_guard import AddressGuard


def guard_for(*, staff: bool) -> AddressGuard:
    """Return the guard: subscribers may name public addresses only; staff may name those of their
    own network, where monitors may look as well."""
    options = settings.STATUSPAGE
    networks = options.hook_networks + (options.allowed_networks if staff else ())
    return AddressGuard(
        allow_private=staff and options.private_targets,
        allowed_networks=tuple(ip_network(name) for name in networks),
    )
