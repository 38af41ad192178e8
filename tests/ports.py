"""Ports for servers that cannot be told to take any."""

import socket


def free_ports(number: int) -> list[int]:
    """Ports that were free just now, for both versions of the Internet protocol."""
    taken = [
        socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        for _ in range(number)
    ]
    ports = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports
