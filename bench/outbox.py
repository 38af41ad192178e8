"""Fills a store with people who want to be told, tells them, and says what became of it."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Count

from components.models import Component
from components.secrets import Sealed
from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident
from statuspage.automation import notices
from subscribers.addresses import digest, lane
from subscribers.delivery.endpoint_health import endpoint_of
from subscribers.delivery.fanout import fan_out
from subscribers.models import Delivery, Subscriber


def subscribers(addresses: Iterable[str], *, channel: str) -> None:
    """One confirmed subscriber of everything for each address."""
    since = datetime.now(UTC) - timedelta(days=1)
    made = []
    for address in addresses:
        row = Subscriber(
            channel=channel,
            address_digest=digest(channel, address),
            lane=lane(channel, address),
            confirmed_at=since,
        )
        sealed = Sealed.of(address)
        row.address = sealed
        made.append(row)
    rows = Subscriber.objects.bulk_create(made, batch_size=1_000)
    Subscriber.objects.update(created_at=since)
    if channel == "webhook":
        for row in rows:
            endpoint_of(row)  # as the question whether it is wanted makes it


def publish() -> float:
    """Open an incident of which everybody is told; when, on the monotonic clock."""
    committed: list[float] = []
    with transaction.atomic():
        # First in the queue, hence before the projector catches up.
        transaction.on_commit(lambda: committed.append(time.monotonic()))
        open_incident(
            title="Payments fail",
            severity=Severity.MAJOR,
            message="Some payments are refused. We are looking into it.",
            impacts={Component.objects.order_by("sort_order")[0]: Status.PARTIAL_OUTAGE},
        )
    return committed[0]


def queue() -> dict[str, float]:
    """Make the notices of what the journal holds and their copies, as beat and senders do."""
    before, began = Delivery.objects.count(), time.perf_counter()
    now = datetime.now(UTC)
    while notices.run(now=now) or fan_out(now=now):
        pass
    return {
        "seconds": time.perf_counter() - began,
        "copies": float(Delivery.objects.count() - before),
    }


def states() -> dict[str, int]:
    """How many deliveries are in each state."""
    rows = Delivery.objects.order_by().values_list("state").annotate(Count("id"))
    return dict(rows)
