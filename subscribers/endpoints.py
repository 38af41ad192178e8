"""Services of endpoints (webhooks, chats) that staff look after: creating and changing them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from components.journal import record
from components.secrets import Sealed
from subscribers.addresses import digest, lane, normalise
from subscribers.channels.registry import channels
from subscribers.delivery.endpoint_health import (
    endpoint_changed,
    endpoint_of,
    is_signed,
    lift_suspensions,
)
from subscribers.models import Subscriber
from subscribers.services import set_owner, set_preferences


def endpoint_channels() -> list[str]:
    """Return the channels whose recipients are programs, and by which anybody may be told."""
    return [name for name, each in channels().items() if each.is_endpoint and not each.staff_only]


def endpoints() -> QuerySet[Subscriber]:
    """Return the subscribers that are endpoints, the oldest first."""
    rows = Subscriber.objects.filter(
        channel__in=endpoint_channels(), incident_id=0, merged_into=None
    )
    return (
        rows.order_by("id")
        .select_related("endpoint__owner")
        .prefetch_related("components", "suspensions")
    )


def create_endpoint(
    *, channel: str, url: str, chosen: Mapping[str, Any], owner: str, now: datetime, actor: str
) -> tuple[Subscriber, str]:
    """Create an endpoint, confirmed by the word of staff; return it and its signing secret.

    The secret is '' where the channel does not sign. `chosen` are its `components` (ids), `kinds`,
    `min_severity`, `format`, `language` and `name`. Raises ValidationError naming the field.
    """
    try:
        address = normalise(channel, url)
    except ValidationError as error:
        raise ValidationError({"url": error.messages}) from None
    if problem := channels()[channel].address_error(address):
        raise ValidationError({"url": problem})
    key = digest(channel, address)
    if Subscriber.objects.filter(address_digest=key, incident_id=0).exists():
        raise ValidationError(
            {"url": ValidationError("This endpoint is already subscribed.", code="unique")}
        )
    row = Subscriber(
        channel=channel, address_digest=key, lane=lane(channel, address), confirmed_at=now
    )
    sealed: Any = Sealed.of(address)
    row.address = sealed
    secret = ""
    with transaction.atomic():
        _write(row, chosen)
        if is_signed(row):
            secret = endpoint_of(row).secret.reveal()
        if owner:
            _set_owner(row, owner, now=now)
        record(endpoint_changed(row, "created", actor=actor), at=now)
    return row, secret


def change_endpoint(
    row: Subscriber,
    *,
    chosen: Mapping[str, Any],
    owner: str = "",
    lift: bool = False,
    now: datetime,
    actor: str,
) -> None:
    """Change what an endpoint is told of, its `owner`, and with `lift` end its suspension."""
    with transaction.atomic():
        _write(row, chosen)
        if owner:
            _set_owner(row, owner, now=now)
        if lift:
            lift_suspensions(row, now=now, actor=actor)
        record(endpoint_changed(row, "changed", actor=actor), at=now)


def end_endpoint(row: Subscriber, *, now: datetime, actor: str) -> None:
    """Send an endpoint nothing more; its address and what it was sent stay."""
    _switch(row, "ended", now, now=now, actor=actor)


def resume_endpoint(row: Subscriber, *, now: datetime, actor: str) -> None:
    """Have an endpoint that was ended told again, of what comes."""
    _switch(row, "resumed", None, now=now, actor=actor)


def _switch(
    row: Subscriber, action: str, ended_at: datetime | None, *, now: datetime, actor: str
) -> None:
    with transaction.atomic():
        row.unsubscribed_at = ended_at
        row.save(update_fields=["unsubscribed_at"])
        record(endpoint_changed(row, action, actor=actor), at=now)


def is_address(row: Subscriber, url: str) -> bool:
    """Return whether an endpoint has this address already."""
    try:
        return digest(row.channel, normalise(row.channel, url)) == row.address_digest
    except ValidationError:
        return False


def _write(row: Subscriber, chosen: Mapping[str, Any]) -> None:
    known = channels()[row.channel].formats
    if chosen.get("format", "") not in ("", *known):
        written = f"Write one of {', '.join(known)}." if known else "It has a shape of its own."
        raise ValidationError({"format": written})
    set_preferences(row, chosen)
    row.name = chosen.get("name", row.name)
    row.save()
    row.components.set(chosen["components"])


def _set_owner(row: Subscriber, owner: str, *, now: datetime) -> None:
    try:
        set_owner(row, owner, now=now)
    except ValidationError as error:
        raise ValidationError({"owner": error.messages}) from None
