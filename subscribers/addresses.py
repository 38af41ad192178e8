"""Recipients' addresses: normalised, stored sealed, found by a keyed hash, shown masked.

How a channel's addresses look is the channel's own matter; a channel that is not there any more
keeps its rows, which are shown without their address.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac

from components.text import line
from subscribers.channels.base import EMAIL, AddressError
from subscribers.channels.registry import UnknownChannelError, channel


def normalise(name: str, address: str) -> str:
    """Return an address of the channel `name` in its normalised form. Raises ValidationError."""
    try:
        return channel(name).normalise(line(address))
    except (AddressError, UnknownChannelError) as error:
        raise ValidationError(str(error)) from None


def digest(name: str, address: str, page: str = "") -> str:
    """Return a keyed hash of a normalised address, by which it is found but not read.

    It is another one for each page, so that one address may be told by several; '' is the main one.
    """
    # No address has a line break.
    value = f"{name}:{channel(name).lookup_key(address)}{page and chr(10)}{page}"
    return salted_hmac("subscribers.address", value, algorithm="sha256").hexdigest()


def digests(name: str, address: str, pages: Iterable[str]) -> list[str]:
    """Return the hashes of a normalised address on the main page and on others."""
    return [digest(name, address, page) for page in dict.fromkeys(["", *pages])]


def mail_host(name: str, address: str) -> str:
    """Return the mail domain or the host that a normalised address is at, in lower case."""
    if name == EMAIL:
        return address.rpartition("@")[2].lower()
    return (urlsplit(address).hostname or name).lower()


def folded_mailbox(name: str, address: str) -> str:
    """Return what all addresses of one mailbox have in common.

    `me+news@` and `me+more@` are delivered to `me@` (sub-addressing, RFC 5233); where they are
    not, they are counted together all the same.
    """
    if name != EMAIL:
        return channel(name).lookup_key(address)
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def lane(name: str, address: str) -> str:
    """Return the queue a delivery waits in: the mail server's, or one of a host and port."""
    return channel(name).lane(address)


def masked(name: str, address: str) -> str:
    """Return enough to recognise an address by, for those who may not read it."""
    try:
        return channel(name).masked(address)
    except UnknownChannelError:
        return "…"
