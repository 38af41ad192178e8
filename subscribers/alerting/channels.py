"""Services of alert channels: creating and changing them."""

from django.core.exceptions import ValidationError

from components.secrets import Sealed
from subscribers.addresses import lane, normalise
from subscribers.channels.registry import channel as channel_named
from subscribers.channels.signing import new_secret
from subscribers.models import AlertChannel


def save_channel(row: AlertChannel, *, address: str = "") -> str:
    """Store a channel; without an `address` it keeps the one it has. Raises ValidationError.

    Returns the signing secret of a webhook that had none, to be shown this once; else ''.
    """
    if address:
        address = check_address(row.channel, address)
        row.address, row.lane = Sealed.of(address), lane(row.channel, address)
    elif not row.address:
        raise ValidationError({"address": "Write where alerts are to go."})
    secret = ""
    if channel_named(row.channel).signs and not row.secret:
        secret = new_secret()
        row.secret = Sealed.of(secret)
    row.save()
    return secret


def check_address(channel: str, address: str) -> str:
    """Return the address as it is stored. Raises ValidationError naming the field."""
    try:
        address = normalise(channel, address)
    except ValidationError as error:
        raise ValidationError({"address": error.messages}) from None
    if problem := channel_named(channel).address_error(address):
        raise ValidationError({"address": problem})
    return address
