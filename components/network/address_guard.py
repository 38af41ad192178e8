"""The address guard: which addresses this product may open a connection to.

It judges the address of a socket that is about to be connected, not a URL: by then every textual
form (`127.1`, `2130706433`, `[::ffff:7f00:1]`), every redirect and every second answer of a name
server has become plain bytes, and there is nothing left to disguise.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _table(rows: dict[str, str]) -> tuple[tuple[Network, str], ...]:
    return tuple((ip_network(network), why) for network, why in rows.items())


# Never a target, whatever the settings say: from here a cloud machine hands out its credentials,
# or the address does not name one machine.
_FORBIDDEN = _table(
    {
        "169.254.0.0/16": "link-local or cloud metadata",
        "fe80::/10": "link-local",
        "fd00:ec2::/32": "cloud metadata",  # Amazon
        "fd20:ce::/32": "cloud metadata",  # Google
        "100.100.100.200/32": "cloud metadata",  # Alibaba
        "192.0.0.192/32": "cloud metadata",  # Oracle
        "168.63.129.16/32": "cloud metadata",  # Azure; a public range
        "0.0.0.0/8": "unspecified",
        "::/128": "unspecified",
        "255.255.255.255/32": "broadcast",
        "224.0.0.0/4": "multicast",
        "ff00::/8": "multicast",
        "240.0.0.0/4": "reserved",
        "192.88.99.0/24": "reserved",  # the relay of 6to4, withdrawn
        "100::/64": "reserved",  # discarded on the way
    }
)
# Inside a network of one's own: open only to those who may look there.
_PRIVATE = _table(
    {
        "127.0.0.0/8": "loopback",
        "::1/128": "loopback",
        "10.0.0.0/8": "private",
        "172.16.0.0/12": "private",
        "192.168.0.0/16": "private",
        "100.64.0.0/10": "carrier-grade NAT",
        "fc00::/7": "unique local",
        "fec0::/10": "site-local",
        "64:ff9b:1::/48": "local-use NAT64",
        # Newer than what `ipaddress` of every Python knows of.
        "3fff::/20": "documentation",
        "192.0.0.8/32": "dummy address",
    }
)
_TUNNELS = _table(
    # `ipaddress` calls them reserved or private; what counts is the IPv4 address inside.
    {"64:ff9b::/96": "NAT64", "2002::/16": "6to4", "2001::/32": "Teredo"}
)
_COMPATIBLE = ip_network("::/96")
_TRANSLATED = ip_network("::ffff:0:0:0/96")
_NAT64_LOCAL = ip_network("64:ff9b:1::/48")
_NAT64 = ip_network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
"""Bits 64 to 95 of an address that carries one of IPv4 behind them, below any prefix (RFC 5214)."""


@dataclass(frozen=True, kw_only=True)
class AddressGuard:
    """A policy on the addresses that may be connected to.

    `allow_private` opens loopback, private, carrier-grade NAT, unique-local and site-local
    addresses; `allowed_networks` opens just these networks. Link-local, metadata, multicast,
    unspecified, reserved and broadcast addresses are refused in any case.
    """

    allow_private: bool = True
    allowed_networks: tuple[Network, ...] = ()
    container_sockets: tuple[str, ...] = ()
    """Addresses of container engines that may be asked, just as they are written."""
    _cache: dict[str, str | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def refusal(self, address: str) -> str | None:
        """Return why a socket must not be connected to `address`; None when it may be.

        `address` is a literal address, with or without a scope (`fe80::1%eth0`).
        """
        try:
            return self._cache[address]
        except KeyError:
            pass
        if len(self._cache) >= 10_000:
            self._cache.clear()
        why = self._cache[address] = self._evaluate(address)
        return why

    def _evaluate(self, text: str) -> str | None:
        try:
            outer = ip_address(text.partition("%")[0])
        except ValueError:
            return "not an address"
        by_itself = self._is_allowed(outer)
        for address in _effective_addresses(outer):
            why = self._refusal_of(address, opened=by_itself or self._is_allowed(address))
            if why is not None:
                return why if address == outer else f"{why}, as {address}"
        return None

    def _is_allowed(self, address: Address) -> bool:
        return any(address in network for network in self.allowed_networks)

    def _refusal_of(self, address: Address, *, opened: bool) -> str | None:
        why = _match(address, _FORBIDDEN)
        if why is not None:
            return why
        opened = opened or self.allow_private
        private = _match(address, _PRIVATE)
        if private is not None:
            return None if opened else private
        if _match(address, _TUNNELS) is not None:
            return None
        if address.is_reserved:
            return "reserved"
        return None if opened or address.is_global else "special-purpose"


def _match(address: Address, table: tuple[tuple[Network, str], ...]) -> str | None:
    return next((why for network, why in table if address in network), None)


def _effective_addresses(address: Address) -> Iterator[Address]:
    """Yield every address that a packet to `address` may end up at; each of them has to pass.

    Forms that are only another spelling of an IPv4 address mean that address alone; tunnels and
    translators (NAT64, 6to4, Teredo) mean themselves and what they carry.
    """
    if isinstance(address, IPv4Address):
        yield address
        return
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None or address in _TRANSLATED:
        yield low
        return
    if address in _COMPATIBLE and int(address) > 1:
        yield low
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64 or (int(address) >> 32 & 0xFFFFFFFF) in _ISATAP:
        yield low
    if address in _NAT64_LOCAL:
        yield from _local_nat64(int(address))


def _local_nat64(number: int) -> Iterator[IPv4Address]:
    """RFC 6052 puts the IPv4 address after a prefix of 48, 56, 64 or 96 bits; the prefix in use
    is the network's own business, so each reading counts. Bits 64 to 71 are skipped.
    """
    octets = number.to_bytes(16, "big")
    for at in ((6, 7, 9, 10), (7, 9, 10, 11), (9, 10, 11, 12), (12, 13, 14, 15)):
        carried = IPv4Address(bytes(octets[index] for index in at))
        # A reading that gives the unspecified address is only this prefix's padding.
        if int(carried) >> 24:
            yield carried
