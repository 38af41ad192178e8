"""Registrations of domains as registries tell them by RDAP (RFC 9083), and where to ask (RFC 9224).

Pure: bytes in, values out.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

HOLDS = ("client hold", "server hold")
"""Statuses by which a registry takes a domain out of the name servers (RFC 8056)."""
ENDING = ("redemption period", "pending delete")
"""Statuses of a domain whose registration has ended, and which will be deleted."""


class RdapError(ValueError):
    """A document is not what the RFC says; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A domain that is registered."""

    ends: float | None
    """When its registration ends, in seconds since the epoch; None where that is not told."""
    statuses: frozenset[str]


def servers(bootstrap: bytes, name: str) -> list[str]:
    """Return the addresses of the servers that know a domain, the secure ones first.

    `bootstrap` is IANA's document; the entry with the longest part of the name counts. Raises
    RdapError.
    """
    found: dict[str, list[str]] = {}
    for suffixes, addresses in _services(_object(bootstrap).get("services")):
        for suffix in suffixes:
            if f".{name}".endswith(f".{suffix.lower()}"):
                found[suffix] = addresses
    if not found:
        return []
    addresses = found[max(found, key=lambda suffix: suffix.count("."))]
    return sorted(addresses, key=lambda address: not address.startswith("https:"))


def registration(document: bytes) -> Registration:
    """Return what a registry's answer says. Raises RdapError."""
    domain = _object(document)
    if domain.get("objectClassName") != "domain":
        raise RdapError("the answer is not about a domain")
    ends = [at for at in _ends(domain.get("events")) if at is not None]
    statuses = domain.get("status")
    words = statuses if isinstance(statuses, list) else []
    return Registration(
        min(ends, default=None), frozenset(each.lower() for each in words if isinstance(each, str))
    )


def _object(document: bytes) -> dict[str, Any]:
    try:
        value = json.loads(document)
    except (ValueError, RecursionError):
        raise RdapError("the answer is not JSON") from None
    if not isinstance(value, dict):
        raise RdapError("the answer is not RDAP")
    return value


def _services(value: Any) -> Iterator[tuple[list[str], list[str]]]:
    if not isinstance(value, list):
        raise RdapError("the list of registries has no services")
    for each in value:
        if isinstance(each, list) and len(each) >= 2:
            suffixes, addresses = (
                [one for one in part if isinstance(one, str)] if isinstance(part, list) else []
                for part in each[:2]
            )
            web = [one for one in addresses if one.startswith(("https://", "http://"))]
            if suffixes and web:
                yield suffixes, web


def _ends(events: Any) -> Iterator[float | None]:
    for each in events if isinstance(events, list) else ():
        if isinstance(each, dict) and each.get("eventAction") == "expiration":
            yield _instant(each.get("eventDate"))


def _instant(value: Any) -> float | None:
    """Return an RFC 3339 date in seconds since the epoch; None if it is none."""
    try:
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def query_url(server: str, name: str) -> str:
    """Return the address to ask a server for a domain at (RFC 9082, 3.1.3)."""
    base = server if urlsplit(server).path.endswith("/") else f"{server}/"
    return f"{base}domain/{name}"


def says_unregistered(document: bytes) -> bool:
    """Return whether an answer with the status 404 is a registry's word (RFC 9083, 6).

    A web server that knows nothing of RDAP answers 404 as well.
    """
    try:
        return _object(document).get("errorCode") == 404
    except RdapError:
        return False
