"""Reads pasted addresses, one a line, as what is to be watched: a kind, its settings and a name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext

MAX_LINES = 100
MAX_NAME_LENGTH = 100
_SCHEMES = {
    "ftp": ("tcp", 21), "grpc": ("grpc", 443), "imap": ("imap", 143), "mqtt": ("mqtt", 1883),
    "mysql": ("mysql", 3306), "ping": ("ping", None), "redis": ("redis", 6379),
    "smtp": ("smtp", 25), "ssh": ("ssh", 22),
    "tcp": ("tcp", None), "tls": ("certificate", 443),
}  # fmt: skip
"""The kind of each scheme that is not of the web, and its port; None has none of its own."""
_WEB = {"http": "endpoint", "https": "endpoint", "ws": "websocket", "wss": "websocket"}
_PORTS_OF_HTTP = frozenset((80, 3000, 5000, 8000, 8008, 8080, 8081, 8888, 9000, 9090))
_PORTS_OF_HTTPS = frozenset((443, 8443))
_SAY_NOTHING = frozenset(
    [
        "health",
        "healthz",
        "healthcheck",
        "live",
        "livez",
        "ready",
        "readyz",
        "ping",
        "status",
        "index",
        "up",
        "www",
        "web",
    ]
)
"""Parts of addresses that do not tell what answers there."""
_SHORT = frozenset(
    [
        "api",
        "cdn",
        "crm",
        "dns",
        "erp",
        "ftp",
        "imap",
        "ldap",
        "mqtt",
        "s3",
        "smtp",
        "sso",
        "ssh",
        "vpn",
    ]
)
"""Words that are written in capitals."""
_BULLET = re.compile(r"^(?:[-*•]|\d{1,3}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Target:
    """A line that was pasted, and what it means; `error` says what is wrong with it."""

    line: int
    text: str
    name: str = ""
    kind: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    address: str = ""
    """As it was entered, to tell two of one name apart."""
    named: bool = False
    """Whether the name was entered too; else it is a suggestion."""
    error: str = ""


class _LineError(ValueError):
    """A line that cannot be read; the message says what to enter."""


def read_targets(text: str) -> list[Target]:
    """Return a target for each line that says anything: `ADDRESS`, or `Name ADDRESS`.

    Empty lines and those that begin with # are passed over. A line that cannot be read has an
    error; the others are not its business.
    """
    return list(_targets(text))


def _targets(text: str) -> Iterator[Target]:
    for number, raw in enumerate(text.splitlines(), start=1):
        line = _BULLET.sub("", raw.strip()).rstrip(",;")
        if not line or line.startswith("#"):
            continue
        try:
            yield _target(number, raw.strip(), line)
        except _LineError as error:
            yield Target(number, raw.strip(), error=str(error))


def _target(number: int, raw: str, line: str) -> Target:
    before, _, address = line.rpartition(" ") if " " in line else ("", "", line)
    if "\t" in line:
        before, _, address = line.rpartition("\t")
    name = " ".join(before.split()).strip(" :=,;-–—")
    if "://" in name:
        raise _LineError(gettext("Enter one address per line."))
    if len(name) > MAX_NAME_LENGTH:
        raise _LineError(gettext("Enter a name of at most 100 characters before the address."))
    if not address.isprintable():
        raise _LineError(gettext("Enter an address without control characters."))
    kind, config, parts = _meaning(address)
    called = name or _suggested(parts)[:MAX_NAME_LENGTH]
    return Target(number, raw, called, kind, config, address, named=bool(name))


def _meaning(address: str) -> tuple[str, dict[str, Any], SplitResult]:
    """Return kind, settings and parts of an address. Raises _LineError."""
    if "://" in address:
        return _with_scheme(address)
    try:
        ip_address(address)
    except ValueError:
        pass
    else:
        shown = f"[{address}]" if ":" in address else address
        return "ping", {"host": address}, _split(f"ping://{shown}")
    if "@" in address.split("/", maxsplit=1)[0]:
        raise _LineError(
            gettext("This looks like an e-mail address. Enter an address to check, as https://….")
        )
    parts = _split(f"//{address}")
    host, port = parts.hostname or "", parts.port
    if not host or ("." not in host and ":" not in host and host != "localhost" and port is None):
        raise _LineError(gettext("Enter an address, as https://shop.example.org or host:5432."))
    if port is None:
        return _with_scheme(f"http{'' if host == 'localhost' else 's'}://{address}")
    if port in _PORTS_OF_HTTPS:
        return _with_scheme(f"https://{address}")
    if parts.path or port in _PORTS_OF_HTTP:
        return _with_scheme(f"http://{address}")
    return "tcp", {"host": host, "port": port}, parts


def _with_scheme(address: str) -> tuple[str, dict[str, Any], SplitResult]:
    parts = _split(address)
    scheme = parts.scheme.lower()
    if not parts.hostname:
        raise _LineError(gettext("Enter a host name after “{scheme}://”.").format(scheme=scheme))
    if parts.username is not None or parts.password is not None:
        raise _LineError(
            gettext("Leave out user name and password. Enter them in the monitor afterwards.")
        )
    if scheme in _WEB:
        return _WEB[scheme], {"url": address}, parts
    if scheme not in _SCHEMES:
        raise _LineError(
            gettext("“{scheme}” cannot be added here. Enter an address that begins with {known}.")
            .format(scheme=scheme, known=", ".join(f"{each}://" for each in (*_WEB, *_SCHEMES)))
        )  # fmt: skip
    kind, usual = _SCHEMES[scheme]
    if kind == "ping":
        return kind, {"host": parts.hostname}, parts
    port = parts.port or usual
    if port is None:
        raise _LineError(gettext("Enter a port, as {address}:5432.").format(address=address))
    return kind, {"host": parts.hostname, "port": port}, parts


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  (it is read, and may be refused, only when it is asked for)
    except ValueError:
        raise _LineError(gettext("This address cannot be read. Check its host and port.")) from None
    return parts


def _suggested(parts: SplitResult) -> str:
    """Return a name for what answers at an address: `Shop` for shop.example.org."""
    host, port = parts.hostname or "", parts.port
    labels = host.removeprefix("www.").split(".")
    if len(labels) < 2 or labels[-1].isdigit() or ":" in host:
        return f"{host}:{port}" if port else host
    if len(labels) == 2:
        # The domain itself: what is after it tells more, if it tells anything.
        words = [each for each in parts.path.split("/") if each.lower() not in _SAY_NOTHING]
        last = words[-1].rpartition(".")[0] or words[-1] if words and words[-1] else ""
        if (
            len(last) <= 30
            and last.lower() not in _SAY_NOTHING
            and re.fullmatch(r"[A-Za-z][A-Za-z_-]+", last)
        ):
            return _titled(last)
    return _titled(labels[0])


def _titled(word: str) -> str:
    words = re.split(r"[-_]+", word.strip("-_"))
    spelled = [each.upper() if each.lower() in _SHORT else each for each in words if each]
    text = " ".join(spelled) or word
    return text[:1].upper() + text[1:]
