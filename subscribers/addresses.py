"""Addresses of people: written one way, kept sealed, found by a keyed hash, shown masked.

How a channel's addresses look is the channel's own matter; a channel that is not there any more
keeps its rows, which are shown without their address.
"""

from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac

from components.text import line
from subscribers.channels.base import AddressError
from subscribers.channels.registry import UnknownChannelError, channel


def normalise(name: str, address: str) -> str:
    """The one way in which an address of the channel `name` is written. Raises ValidationError."""
    try:
        return channel(name).normalise(line(address))
    except (AddressError, UnknownChannelError) as error:
        raise ValidationError(str(error)) from None


def digest(name: str, address: str) -> str:
    """What stands for a normalised address where it must be found but not read."""
    told = channel(name).lookup_key(address)
    return salted_hmac("subscribers.address", f"{name}:{told}", algorithm="sha256").hexdigest()


def lane(name: str, address: str) -> str:
    """Whom a delivery waits for: the mail server, or the endpoint's host and port."""
    return channel(name).lane(address)


def masked(name: str, address: str) -> str:
    """Enough to recognise an address by, for those who may not read it."""
    try:
        return channel(name).masked(address)
    except UnknownChannelError:
        return "…"
