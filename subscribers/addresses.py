"""Addresses of people: written one way, kept sealed, found by a keyed hash, shown masked."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.crypto import salted_hmac

from components.text import line
from subscribers.enums import Channel

MAIL_LANE = "mail"
_valid_mail = EmailValidator(message="Write an e-mail address, such as you@example.org.")


def normalise(channel: str, address: str) -> str:
    """The one way in which an address is written. Raises ValidationError.

    The part before the @ keeps its case when it is sent to, for its server may tell cases apart;
    see `digest`, which does not.
    """
    address = line(address)
    if channel == Channel.EMAIL:
        if len(address) > 254:
            raise ValidationError("An e-mail address has 254 characters at most.")
        _valid_mail(address)
        local, _, domain = address.rpartition("@")
        return f"{local}@{domain.lower()}"
    if len(address) > 2000:
        raise ValidationError("An address has 2000 characters at most.")
    if channel != Channel.APPRISE:
        _check_url(address)
    return address


def _check_url(address: str) -> None:
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ValidationError("Write the whole address of the endpoint, with https://.")


def digest(channel: str, address: str) -> str:
    """What stands for a normalised address where it must be found but not read."""
    told = address.lower() if channel == Channel.EMAIL else address
    return salted_hmac("subscribers.address", f"{channel}:{told}", algorithm="sha256").hexdigest()


def lane(channel: str, address: str) -> str:
    """Whom a delivery waits for: the mail server, or the endpoint's host and port."""
    if channel == Channel.EMAIL:
        return MAIL_LANE
    if channel == Channel.APPRISE:
        # What looks like its host is often the token.
        return f"apprise:{address.partition('://')[0].lower()}"[:255]
    parts = urlsplit(address)
    return (parts.netloc.rpartition("@")[2] or channel).lower()[:255]


def masked(channel: str, address: str) -> str:
    """Enough to recognise an address by, for those who may not read it."""
    if channel == Channel.EMAIL:
        local, _, domain = address.rpartition("@")
        return f"{local[:1]}…@{domain}"
    if channel == Channel.APPRISE:
        return f"{address.partition('://')[0]}://…"
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or '…'}/…"
