"""Host names and ports as settings: what is refused here never reaches a socket.

Names are taken as people write them, and kept as name servers know them (UTS 46, RFC 5891).
"""

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import unquote

from pydantic import AfterValidator, Field

from monitors.probing.masking import one_line

MAX_CHARACTERS = 253
_LABEL_CHARACTERS = 63
_AUTHORITY = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<host>[^/?#@:\[\]\\]+)(?P<port>:\d*)?(?=[/?#]|\Z)"
)

_ASCII_LABEL = re.compile(r"[A-Za-z0-9_-]*\Z")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")


def ascii_host(name: str) -> str:
    """Return a name in its ASCII form: “bücher.example” is “xn--bcher-kva.example”.

    As browsers do: letters are lowered, “ß” stays what it is. Raises ValueError.
    """
    if name.isascii():
        return name
    import idna  # noqa: PLC0415  (its tables are large)

    try:
        mapped = idna.uts46_remap(name, std3_rules=False, transitional=False)
        labels = [_ascii_label(label) for label in mapped.split(".")]
    except (idna.IDNAError, UnicodeError) as error:
        why = one_line(str(error), limit=120)
        raise ValueError(f"{one_line(name, limit=60)!r} is not a host name: {why}") from None
    return ".".join(labels)


def _ascii_label(label: str) -> str:
    import idna  # noqa: PLC0415

    if not label.isascii():
        return str(idna.alabel(label).decode())
    if not _ASCII_LABEL.match(label):  # such as “a/c”, of the one character “℀”
        raise idna.IDNAError(f"{label!r} cannot be part of it")
    return label


def with_ascii_host(url: str) -> str:
    """Return an address whose host's name is in ASCII. Raises ValueError.

    One that has no host where it belongs stays as it is, for others to refuse.
    """
    match = _AUTHORITY.match(url)
    if match is None:
        return url
    host = unquote(match["host"]) if "%" in match["host"] else match["host"]
    if host.isascii():
        return url
    return f"{match['scheme']}{ascii_host(host)}{match['port'] or ''}{url[match.end() :]}"


def check_label_lengths(host: str) -> None:
    """Raise ValueError for a name that no name server can know: a part of it is empty or too long.

    All other characters are left to who resolves it.
    """
    labels = host.removesuffix(".").split(".")
    if len(host) > MAX_CHARACTERS or not all(
        0 < len(label) <= _LABEL_CHARACTERS for label in labels
    ):
        raise ValueError(
            f"{one_line(host, limit=60)!r} is not a host name: between dots stand 1 to "
            f"{_LABEL_CHARACTERS} characters"
        )


def is_localhost(host: str) -> bool:
    """Return whether a name is this machine's own, or below it, however it is written."""
    name = host.removesuffix(".").lower()
    return name == "localhost" or name.endswith(".localhost")


def is_address(host: str) -> bool:
    """Return whether it is a literal address, in brackets or not."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _check_host(text: str) -> str:
    """Return a name in its ASCII form or a literal address. Raises ValueError."""
    is_bracketed = text.startswith("[") and text.endswith("]")
    bare = text[1:-1] if is_bracketed else ascii_host(text)
    try:
        return str(ip_address(bare.removesuffix(".")))
    except ValueError:
        pass
    text = ascii_host(text)
    if len(text) > MAX_CHARACTERS or not all(
        _LABEL.match(label) for label in text.removesuffix(".").split(".")
    ):
        raise ValueError("is not a host name or an address; leave out scheme, port and path")
    return text


Host = Annotated[str, Field(max_length=MAX_CHARACTERS), AfterValidator(_check_host)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Milliseconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
DegradedMs = Annotated[
    Milliseconds | None, Field(description="Slower checks, in milliseconds, count as degraded.")
]
