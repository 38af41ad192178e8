"""Subscribers of an import, in the state that they have there; none is sent anything."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from statuspage.importers.description import SubscriberItem
from statuspage.importers.writing.run import Import
from subscribers.addresses import digest, normalise
from subscribers.channels.registry import channels
from subscribers.import_export import import_subscribers
from subscribers.models import Subscriber


def take_subscribers(run: Import, items: Sequence[SubscriberItem]) -> None:
    """Create the subscribers that are not here; those who are keep what they chose, or left."""
    rows: list[dict[str, Any]] = []
    places: list[str] = []
    for item in items:
        place = item.place or "subscriber"
        if _is_here(item):
            run.report.known["subscriber"] += 1
            continue
        followed = [run.components[key] for key in item.components if key in run.components]
        if item.components and not followed:
            # With none left they would follow everything, which they did not ask for.
            run.report.refuse(place, "none of the components that it follows came in")
            continue
        rows.append(
            {
                "channel": item.channel,
                "address": item.address,
                "components": [each.slug for each in followed if not each._state.adding],
                "confirmed_at": item.confirmed_at.isoformat() if item.confirmed_at else "",
                "unsubscribed_at": item.unsubscribed_at.isoformat() if item.unsubscribed_at else "",
            }
        )
        places.append(place)
    if not rows:
        return
    report = import_subscribers(rows, now=run.now, dry_run=run.dry_run, actor=run.actor)
    for refused in report.refused:
        run.report.refuse(places[refused.row - 1], f"{refused.field}: {refused.message}")
    run.report.created.update(["subscriber"] * report.created)
    run.report.known.update(["subscriber"] * (report.updated + report.unchanged))


def _is_here(item: SubscriberItem) -> bool:
    if item.channel not in channels():
        return False
    try:
        address = normalise(item.channel, item.address)
    except ValidationError:
        return False
    key = digest(item.channel, address, "")
    return Subscriber.objects.filter(address_digest=key, incident_id=0).exists()
