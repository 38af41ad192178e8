"""What may be written into a page's fields: hosts, address ranges, mail domains, names. Pure.

Every function returns the value as it is stored, or raises ValueError with a sentence that says
what to write.
"""

import ipaddress
import re

MAX_LISTED = 50
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def slug(text: str) -> str:
    """Return a slug: it stands in addresses, mails and files."""
    if not _SLUG.fullmatch(text):
        raise ValueError("Write up to 40 lower-case letters, digits and hyphens.")
    return text


def host(text: str) -> str:
    """Return the name of a host, in lower case and ASCII, without port."""
    name = text.strip().rstrip(".").lower()
    try:
        name = name.encode("idna").decode("ascii") if not name.isascii() else name
    except UnicodeError:
        name = ""
    if len(name) > 253 or not _DOMAIN.fullmatch(name) or re.fullmatch(r"[\d.]+", name):
        raise ValueError(
            f"“{text[:60]}” is no host name; write it without https:// and port, as"
            " status.example.com."
        )
    return name


def network(text: str) -> str:
    """Return an address range as `192.0.2.0/24`; a single address is a range of one."""
    try:
        found = ipaddress.ip_network(text.strip())
    except ValueError:
        raise ValueError(
            f"“{text[:60]}” is no address range; write it as 192.0.2.0/24 or 2001:db8::/32."
        ) from None
    if found.prefixlen == 0:
        raise ValueError(f"{found} is everybody; a page for everybody needs no door.")
    return str(found)


def mail_domain(text: str) -> str:
    """Return the part of mail addresses behind the @."""
    try:
        return host(text.strip().removeprefix("@"))
    except ValueError:
        raise ValueError(f"“{text[:60]}” is no mail domain; write it as example.com.") from None


def label(text: str) -> str:
    """Return a tag, or the name of a group: one line of printable characters."""
    name = text.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise ValueError("Write one line of at most 100 printable characters.")
    return name
