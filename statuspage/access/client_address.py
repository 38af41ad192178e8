"""Who is calling, as the address that may be believed."""

import ipaddress


def client_address(peer: str, forwarded: str, *, proxies: int) -> str:
    """The caller's address, with `proxies` of our own in front: each appends whom it heard.

    Whatever a caller wrote stands to the left of what they appended, and is not looked at.
    """
    told = [part.strip() for part in forwarded.split(",") if part.strip()]
    if not proxies or not told:
        return peer
    return told[-min(proxies, len(told))]


def network_of(address: str) -> str:
    """The network that an address is counted with: what one subscriber of a provider has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed, 64), strict=False))
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24), strict=False))
