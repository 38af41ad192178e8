"""Services of alert channels: creating, changing and deleting them."""

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import Event, record
from components.secrets import Sealed
from subscribers import event_types
from subscribers.addresses import lane, normalise
from subscribers.channels.registry import channel as channel_named
from subscribers.channels.signing import new_secret
from subscribers.models import AlertChannel


def save_channel(row: AlertChannel, *, address: str = "", actor: str = "") -> str:
    """Create or change a channel; without an `address` it keeps the one it has.

    Returns the signing secret of a webhook that had none, to be shown this once; else ''. Raises
    ValidationError naming the field.
    """
    with transaction.atomic():
        secret = store_channel(row, address=address)
        record(channel_changed(row, actor=actor))
    return secret


def store_channel(row: AlertChannel, *, address: str = "") -> str:
    """Do what `save_channel` does in the transaction of the caller, who journals it."""
    if address := check_channel(row, row.channel, address):
        row.address, row.lane = Sealed.of(address), lane(row.channel, address)
    row.full_clean()
    secret = ""
    if channel_named(row.channel).signs and not row.secret:
        secret = new_secret()
        row.secret = Sealed.of(secret)
    row.save()
    return secret


def channel_changed(row: AlertChannel, *, actor: str = "") -> Event:
    """Return the event of a created or changed channel."""
    data = {
        "channel_id": row.pk, "name": row.name, "channel": row.channel, "enabled": row.enabled,
    }  # fmt: skip
    return Event(event_types.CHANNEL_CHANGED, data, subject_id=row.pk, actor=actor)


def delete_channel(row: AlertChannel, *, actor: str = "") -> None:
    """Delete a channel; the routes that lead to it lose that step."""
    data = {"channel_id": row.pk, "name": row.name}
    event = Event(event_types.CHANNEL_DELETED, data, subject_id=row.pk, actor=actor)
    with transaction.atomic():
        row.delete()
        record(event)


def check_channel(row: AlertChannel, channel: str, address: str) -> str:
    """Return a channel's new address as it is stored, '' for the one it has.

    Raises ValidationError naming the field: what goes somewhere else needs its own address.
    """
    if address:
        return _check_address(channel, address)
    if not row.address:
        raise ValidationError({"address": "Enter an address."})
    if AlertChannel.objects.filter(pk=row.pk).exclude(channel=channel).exists():
        raise ValidationError({"address": "Enter an address for this channel."})
    return ""


def _check_address(channel: str, address: str) -> str:
    try:
        address = normalise(channel, address)
    except ValidationError as error:
        raise ValidationError({"address": error.messages}) from None
    if problem := channel_named(channel).address_error(address):
        raise ValidationError({"address": problem})
    return address
