"""The network that an address is counted with: what one subscriber of a provider has."""

import ipaddress


def parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address without its zone, IPv4 also if written as IPv6; None for other text."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network_of(address: str) -> str:
    """Return the network that an address is counted with: /24 of IPv4, /64 of IPv6; "unknown" for
    what is no address."""
    return _network(address, 24, 64)


def wide_network_of(address: str) -> str:
    """Return what somebody may have many networks in: /16 of IPv4, /48 of IPv6."""
    return _network(address, 16, 48)


def _network(address: str, v4_bits: int, v6_bits: int) -> str:
    parsed = parse_address(address)
    if parsed is None:
        return "unknown"
    bits = v4_bits if parsed.version == 4 else v6_bits
    return str(ipaddress.ip_network((parsed, bits), strict=False))
