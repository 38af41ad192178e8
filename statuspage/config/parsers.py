"""Parsers of settings: each returns a value or raises ValueError saying what to write."""

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from components.values.severity import Severity
from monitors.probing.reference_targets import Reference, parse_reference


@dataclass(frozen=True, slots=True)
class Option:
    """One environment variable. `read` turns its text into a value or raises ValueError."""

    name: str
    read: Callable[[str], Any]
    default: str
    help: str
    secret: bool = False


def port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise ValueError("a port lies between 0 and 65535")
    return value


def count(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError(f"it must lie between {low} and {high}")
        return value

    return read


def flag(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    try:
        return words[text.lower()]
    except KeyError:
        raise ValueError("write true or false") from None


def word(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError("write one of " + ", ".join(allowed))
        return text

    return read


def url(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text and urlsplit(text).scheme not in schemes:
            raise ValueError("it must begin with " + " or ".join(f"{s}:" for s in schemes))
        return text

    return read


def database_url(text: str) -> str:
    """Return the address; a password that cuts it short is found out here, not by the driver."""
    # A password as it is: the address ends at its first slash, its host at the first @.
    cut = re.match(r"\w+://[^:/?#@]*:[^@/?#\[\]]*[/?#\[\]][^@]*@", text)
    path = text.partition("://")[2].partition("?")[0].partition("/")[2]
    if text.startswith("postgres") and (cut or "@" in path):
        raise ValueError(
            "its password has characters that an address cannot hold as they are: put it into "
            "DATABASE_PASSWORD, or write %2F for /, %3F for ?, %23 for #, %40 for @"
        )
    return url("postgres", "postgresql", "sqlite")(text)


def site_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
        raise ValueError("write the public address, such as https://status.example.com")
    return text.rstrip("/")


def mail_address(text: str) -> str:
    if text and not re.fullmatch(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,255}", text):
        raise ValueError("write one address alone, such as status@example.com")
    return text


def bounce_address(text: str) -> str:
    """Return the address; what stands before its @ gets a token of up to 43 characters appended,
    and may have 64 (RFC 5321, 4.5.3.1.1)."""
    if text and not re.fullmatch(r"[A-Za-z0-9._-]{1,20}@[^@\s<>,;+]{1,255}", text):
        raise ValueError(
            "write one address alone, such as bounces@status.example.com; letters, digits, dots "
            "and hyphens before the @, 20 at most"
        )
    return text


def basic_credentials(text: str) -> str:
    if text and not re.fullmatch(r"[^:\s]{1,64}:[!-~]{16,200}", text):
        raise ValueError("write USER:PASSWORD, with 16 characters of a password at least")
    return text


def names(text: str) -> tuple[str, ...]:
    return tuple(name for name in (part.strip() for part in text.split(",")) if name)


def contacts(text: str) -> tuple[str, ...]:
    """Return addresses as `security.txt` has them (RFC 9116, 2.5.3): URIs, mailto: for mail."""
    found = []
    for each in names(text):
        address = f"mailto:{each}" if "@" in each and ":" not in each else each
        if not re.fullmatch(r"(?:mailto:[!-~]+@[!-~]+|https://[!-~]+|tel:[-+.0-9]+)", address):
            raise ValueError(
                "write mail addresses, https:// addresses or tel: numbers, separated by commas,"
                " such as security@example.com"
            )
        found.append(address)
    return tuple(found)


def origins(text: str) -> tuple[str, ...]:
    for origin in names(text):
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}":
            raise ValueError("an origin is a scheme and a host, as https://www.example.com")
    return names(text)


def keys(text: str) -> tuple[str, ...]:
    # Only one who sets keys needs the cryptography here.
    from components.secrets.keys import Keys  # noqa: PLC0415

    return Keys.of(text.split(",")).texts if text else ()


def names_among(*allowed: str) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        return tuple(word(*allowed)(name) for name in names(text))

    return read


def group_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.:-]{1,100}", text):
        raise ValueError("write letters, digits and _.:- (at most 100)")
    return text


def machine_name(text: str) -> str:
    """Return a machine's name; that of the host unless one is given."""
    return group_name(text or socket.gethostname())


def networks(text: str) -> tuple[str, ...]:
    return tuple(str(ipaddress.ip_network(name)) for name in names(text))


def references(text: str) -> tuple[Reference, ...]:
    return tuple(parse_reference(name) for name in names(text))


def path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def minutes_by_severity(text: str) -> dict[str, int]:
    """Return minutes by severity, 0 for one that is not named: `critical=30,major=60`."""
    found = {severity.value: 0 for severity in Severity}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, minutes = part.partition("=")
        if name.strip() not in found or not minutes.strip().isdecimal():
            raise ValueError(f"write as critical=30,major=60,minor=0; “{part[:40]}” is not")
        found[name.strip()] = count(0, 10_080)(minutes)
    return found
