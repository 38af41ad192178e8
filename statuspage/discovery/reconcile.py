"""Brings in what was discovered, and marks what is not there any more; nothing is deleted.

What is new becomes a component with a monitor. What is gone is marked, and the desk asks whether to
retire it: a file that was emptied by mistake must not take the page down. What comes back loses its
mark.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from components.journal import Event, record
from components.models import Component, Origin
from statuspage import event_types
from statuspage.importers.description import Description
from statuspage.importers.report import Report
from statuspage.importers.writing.origins import short
from statuspage.importers.writing.take import take


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one look came to."""

    report: Report
    gone: tuple[str, ...]
    """The names of components that were not gone before."""
    back: tuple[str, ...]


def reconcile(description: Description, *, system: str, now: datetime) -> Outcome:
    """Bring the store in line with what was found by one source, which `system` names."""
    report = take(description, system=system, now=now)
    here = {short(each.key) for each in description.components}
    rows = list(Origin.objects.filter(system=system, kind="component"))
    components = Component.objects.in_bulk(
        [int(row.object_id) for row in rows if row.object_id.isdigit()]
    )
    gone, back = list[str](), list[str]()
    for row in rows:
        component = components.get(int(row.object_id)) if row.object_id.isdigit() else None
        if component is None or (row.key in here) is (row.gone_at is None):
            continue
        is_gone = row.key not in here
        _mark(row, component, now if is_gone else None, system)
        (gone if is_gone else back).append(component.name)
    return Outcome(report, tuple(gone), tuple(back))


def _mark(row: Origin, component: Component, gone_at: datetime | None, system: str) -> None:
    kind = event_types.DISCOVERED_GONE if gone_at else event_types.DISCOVERED_BACK
    data = {"component_id": component.pk, "name": component.name, "system": system}
    with transaction.atomic():
        Origin.objects.filter(pk=row.pk).update(gone_at=gone_at)
        record(Event(kind, data, subject_id=component.pk, actor=system))
