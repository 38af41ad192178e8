"""Declared periods of incidents and windows: written anew from these whenever they change."""

from collections.abc import Mapping, Sequence

from components.models import Component, DeclaredPeriod
from components.uptime.layers import Source
from components.uptime.periods import Period

Spans = Mapping[int, Sequence[Period]]
"""What one incident or window declares, by component id."""
_OWNERS = {Source.INCIDENT: "incident_id", Source.WINDOW: "window_id"}


def replace_periods(source: Source, wanted: Mapping[int, Spans]) -> set[int]:
    """Write what incidents, or windows, declare, by their id; return the ids of components it
    changed for.

    One that declares nothing, or is no more, has nothing left. Must run inside the projector's
    transaction.
    """
    owner = _OWNERS[source]
    rows = DeclaredPeriod.objects.filter(source=source, **{f"{owner}__in": list(wanted)})
    known = {
        (getattr(row, owner), row.component_id, row.status, row.started_at): row for row in rows
    }
    moved, created = set[int](), list[DeclaredPeriod]()
    for owner_id, spans in wanted.items():
        for component_id, periods in spans.items():
            for period in periods:
                row = known.pop((owner_id, component_id, period.status, period.start), None)
                if row is None:
                    created.append(_row(source, owner_id, component_id, period))
                    moved.add(component_id)
                elif row.ended_at != period.end:
                    DeclaredPeriod.objects.filter(pk=row.pk).update(ended_at=period.end)
                    moved.add(component_id)
    if known:
        moved |= {row.component_id for row in known.values()}
        DeclaredPeriod.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    if created:
        # A component may have been deleted since the incident named it.
        there = set(
            Component.objects.filter(pk__in={row.component_id for row in created}).values_list(
                "pk", flat=True
            )
        )
        DeclaredPeriod.objects.bulk_create(row for row in created if row.component_id in there)
    return moved


def _row(source: Source, owner_id: int, component_id: int, period: Period) -> DeclaredPeriod:
    return DeclaredPeriod(
        component_id=component_id, source=source, status=period.status,
        started_at=period.start, ended_at=period.end, **{_OWNERS[source]: owner_id},
    )  # fmt: skip
