"""Brings in what was discovered, follows what changed, and marks what is gone; nothing is deleted.

What is new becomes a component with a monitor. What is gone is marked, and the desk asks whether to
retire it: a file that was emptied by mistake must not take the page down. What comes back loses its
mark.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from components.journal import Event, record
from components.models import Component, Origin
from monitors.models import Monitor
from statuspage import event_types
from statuspage.discovery.follow import follow, primary_key, rename_keys
from statuspage.importers.description import Description
from statuspage.importers.report import Report
from statuspage.importers.writing.apply import take
from statuspage.importers.writing.monitors import stand_in_key
from statuspage.importers.writing.origins import short


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one look came to."""

    report: Report = field(default_factory=Report)
    changed: tuple[str, ...] = ()
    """A line for each thing that was changed, or could not be."""
    gone: tuple[str, ...] = ()
    """The names of components and monitors that were not gone before."""
    back: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield what whoever runs this has to know."""
        yield from map(str, self.report.refused)
        for each in self.report.used:
            yield f"{each} was here already under this name, and is used"
        yield from self.changed
        if self.gone:
            yield f"not named any more, and still watched: {', '.join(self.gone)}"


def reconcile(description: Description, *, system: str, now: datetime) -> Outcome:
    """Bring the store in line with what was found by one source, which `system` names."""
    rename_keys(description, system=system)
    report = take(description, system=system, now=now, follows=True)
    changed = follow(description, system=system, now=now)
    components = {short(each.key) for each in description.components}
    monitors = {
        short(key)
        for each in description.components
        for key in (stand_in_key(each), *(monitor.key for monitor in each.monitors))
    }
    gone, back = list[str](), list[str]()
    rows = list(Origin.objects.filter(system=system, kind__in=("component", "monitor")))
    names = _names(rows)
    for row in rows:
        here = row.key in (components if row.kind == "component" else monitors)
        known = names.get((row.kind, primary_key(row)))
        if known is None or here is (row.gone_at is None):
            continue
        _mark(row, known, None if here else now, system)
        (back if here else gone).append(known[1])
    return Outcome(report, tuple(changed), tuple(gone), tuple(back))


_Named = tuple[int, str]
"""The component's primary key, and what the row itself is called."""


def _names(rows: list[Origin]) -> dict[tuple[str, int], _Named]:
    ids: dict[str, list[int]] = {"component": [], "monitor": []}
    for row in rows:
        ids[row.kind].append(primary_key(row))
    found: dict[tuple[str, int], _Named] = {
        ("component", pk): (pk, name)
        for pk, name in Component.objects.filter(pk__in=ids["component"]).values_list("pk", "name")
    }
    monitors = Monitor.objects.filter(pk__in=ids["monitor"])
    for pk, component, name, of in monitors.values_list(
        "pk", "component", "name", "component__name"
    ):
        found["monitor", pk] = (component, f"{of}: {name}")
    return found


def _mark(row: Origin, known: _Named, gone_at: datetime | None, system: str) -> None:
    kind = event_types.DISCOVERED_GONE if gone_at else event_types.DISCOVERED_BACK
    component_id, name = known
    data = {"component_id": component_id, "name": name, "system": system}
    with transaction.atomic():
        Origin.objects.filter(pk=row.pk).update(gone_at=gone_at)
        if row.kind == "component":
            record(Event(kind, data, subject_id=component_id, actor=system))
