"""Settings that only hold a place: reserved example domains, and values that say so themselves.

Names under these domains never belong to a service of anybody's (RFC 2606, RFC 6761). `localhost`
is reserved as well, and is a real address.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

TO_REPLACE = "REPLACE-ME"
"""What stands in a file for a value that only its reader knows; case does not count."""
_DOMAINS = ("example.com", "example.net", "example.org", "example", "invalid", "test")
_ADDRESS_FIELDS = frozenset(
    ("url", "host", "name", "server_name", "final_host", "resolvers", "address", "endpoint")
)
"""Settings that hold addresses; in any other, a reserved name is a text."""


def is_reserved(host: str) -> bool:
    """Whether a host lies in a domain that is reserved for examples."""
    name = host.strip().rstrip(".").lower()
    return any(name == domain or name.endswith(f".{domain}") for domain in _DOMAINS)


def placeholders(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings of a monitor that hold a place, by name, each with what stands there."""
    found = {}
    for name, value in config.items():
        for text in _texts(value):
            if text.strip().upper() == TO_REPLACE:
                found[name] = text
            elif name in _ADDRESS_FIELDS and (host := _host(text)) and is_reserved(host):
                found[name] = host
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        yield from (item for item in value if isinstance(item, str))


def _host(text: str) -> str:
    """Return the host of a URL or of an address with or without port; '' where there is none."""
    try:
        return urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
