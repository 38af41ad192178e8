"""History that another product kept: declared here, never measured, and only of the time before.

What was measured here is not doubted: imported periods end where the component's own history
begins.
"""

from collections.abc import Sequence
from datetime import datetime

from components.journal import Event, event_types
from components.models import Component, DeclaredPeriod, JournalEntry, StatusPeriod
from components.uptime.layers import Source
from components.uptime.periods import Period

_BATCH_SIZE = 500


def begins_at(component: Component) -> datetime | None:
    """Return when a component's own history begins; None when it has none yet."""
    measured = StatusPeriod.objects.filter(component=component).order_by("started_at")
    by_hand = DeclaredPeriod.objects.filter(component=component, source=Source.BY_HAND)
    firsts = [
        rows.values_list("started_at", flat=True).first()
        for rows in (measured, by_hand.order_by("started_at"))
    ]
    return min((at for at in firsts if at is not None), default=None)


def imported_until(component_id: int) -> dict[str, datetime]:
    """Return the products that a component's history was imported from, and until when each tells.

    What was withdrawn since is not told of.
    """
    kept = DeclaredPeriod.objects.filter(
        component=component_id, source=Source.IMPORTED, withdrawn_at=None
    )
    if not kept.exists():
        return {}
    found: dict[str, datetime] = {}
    told = JournalEntry.objects.filter(
        kind=event_types.HISTORY_IMPORTED.name, subject_id=component_id
    )
    for data in told.values_list("data", flat=True):
        until = datetime.fromisoformat(data["to"])
        product = data.get("product") or data["origin"]
        found[product] = max(until, found.get(product, until))
    return dict(sorted(found.items(), key=lambda each: each[1]))


def write_imported(
    component: Component,
    periods: Sequence[tuple[Period, str]],
    *,
    origin: str,
    product: str,
    actor: str = "",
) -> Event:
    """Write periods that are over, each with its note; the caller records the event, last.

    `origin` is the word of a product, `product` its name.
    """
    DeclaredPeriod.objects.bulk_create(
        [
            DeclaredPeriod(
                component=component, source=Source.IMPORTED, status=period.status,
                started_at=period.start, ended_at=period.end, note=note, author=actor,
            )
            for period, note in periods
        ],
        batch_size=_BATCH_SIZE,
    )  # fmt: skip
    return Event(
        event_types.HISTORY_IMPORTED,
        {
            "component_id": component.pk,
            "origin": origin,
            "product": product,
            "periods": len(periods),
            "from": min(period.start for period, _ in periods).isoformat(),
            "to": max(period.end or period.start for period, _ in periods).isoformat(),
        },
        subject_id=component.pk,
        actor=actor,
    )
