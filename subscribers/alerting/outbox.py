"""Queueing of operators' alerts: one notice, and a delivery for each channel that is sent it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from subscribers.delivery import holds, order
from subscribers.enums import Kind, State
from subscribers.message import Facts
from subscribers.models import AlertChannel, Delivery, Notice

Copies = dict[int, dict[str, Any]]
"""Ids of channels, each with what its copy says of the route and the step it is sent by."""


def queue(
    thread: str,
    facts: Facts,
    copies: Mapping[int, dict[str, Any]],
    *,
    key: str,
    at: datetime,
    entry_id: int | None = None,
    state: State = State.QUEUED,
    reason: str = "",
) -> None:
    """Store a notice and a delivery for each channel; the same key again changes nothing."""
    with transaction.atomic():
        notice, is_new = Notice.objects.get_or_create(
            key=key,
            defaults={
                "entry_id": entry_id,
                "kind": Kind.ALERTS,
                "thread": thread,
                "facts": facts.as_json(),
                "created_at": at,
                "fanned_out_at": at,
            },
        )
        if not is_new:
            return
        if state is State.QUEUED and holds.must_hold(holds.active_hold(), kind=Kind.ALERTS, at=at):
            state, reason = State.HELD, holds.WHY
        rows = list(AlertChannel.objects.filter(pk__in=list(copies)))
        earlier = order.pending_before(notice, channels=[channel.pk for channel in rows])
        host = urlsplit(settings.STATUSPAGE.site_url).hostname or "localhost"
        Delivery.objects.bulk_create(
            Delivery(
                notice=notice,
                alert_channel=channel,
                channel=channel.channel,
                lane=channel.lane,
                state=state,
                reason=reason[:200],
                message_id=f"{key}.c{channel.pk}@{host}",
                context=copies[channel.pk],
                due=at.timestamp() if state is State.QUEUED else None,
                created_at=at,
                ended_at=None if state in (State.QUEUED, State.HELD) else at,
                waits_for=earlier.get(channel.pk),
            )
            for channel in rows
        )
