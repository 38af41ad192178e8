"""Monitors of an import, with the checks that follow from them."""

import json

from django.core.exceptions import ValidationError

from components.journal import Event
from components.models import Component
from components.values import foreign_json
from monitors.models import Monitor
from monitors.services import store_monitor, sync_checks
from statuspage.importers.description import ComponentItem, MonitorItem
from statuspage.importers.writing.run import Import, sentence

New = tuple[MonitorItem, Monitor]
_STAND_IN = "manual"
"""The kind whose status is unknown until somebody sets it."""


def new_monitors(run: Import, component: Component, item: ComponentItem, place: str) -> list[New]:
    """Return the monitors of a component that are not here, clean and not stored.

    Where none can be taken of what is monitored there, it is a manual one: without any the
    component would be operational, which nobody knows.
    """
    is_new = component._state.adding
    rows = () if is_new else Monitor.objects.filter(component=component).values_list("name", "kind")
    here = set(rows)
    found: list[New] = []
    moved = False
    for each in item.monitors:
        if _came_in(run, each):
            run.report.known["monitor"] += 1
            moved = run.follows
        elif (each.name, each.kind) in here:
            run.report.used.append(f"monitor “{each.name}” of “{component.name}”")
        elif row := _clean(run, each, place):
            found.append((each, row))
    if item.measured and is_new and not found and not moved:
        stand_in = MonitorItem(stand_in_key(item), item.name, _STAND_IN)
        if row := _clean(run, stand_in, place):
            found.append((stand_in, row))
            run.report.refuse(
                place, "it has a manual monitor instead: its status is unknown until you set it, or"
                " add a monitor of another kind",
            )  # fmt: skip
    return found


def stand_in_key(item: ComponentItem) -> str:
    """Return the key of the monitor that a component has when none of its own can be taken."""
    return f"component-{item.key}"


def _came_in(run: Import, item: MonitorItem) -> bool:
    """Return whether a monitor came in before; with --again, whether it is still here."""
    if run.origins.get("monitor", item.key) is None:
        return False
    pk = run.origins.pk("monitor", item.key) or 0
    return not run.again or Monitor.objects.filter(pk=pk).exists()


def _clean(run: Import, item: MonitorItem, place: str) -> Monitor | None:
    try:
        return monitor_of(item)
    except ValidationError as error:
        run.report.refuse(place, sentence(error))
        return None


def monitor_of(item: MonitorItem) -> Monitor:
    """Return a monitor of no component yet, clean and not stored. Raises ValidationError."""
    row = Monitor(
        name=item.name, kind=item.kind, config=dict(item.config), interval=item.interval,
        timeout=item.timeout, retry_interval=item.retry_interval, confirm_down=item.confirm_down,
        confirm_up=item.confirm_up, enabled=item.enabled,
    )  # fmt: skip
    if not foreign_json.is_storable(json.dumps(item.config, ensure_ascii=False, default=str)):
        raise ValidationError("its settings hold a character that is none, such as NUL")
    row.full_clean(exclude={"component"})
    return row


def store_monitors(run: Import, component: Component, monitors: list[New]) -> list[Event]:
    """Store monitors of a stored component, in the caller's transaction; return the events."""
    events: list[Event] = []
    for item, row in monitors:
        row.component = component
        store_monitor(row)
        events += sync_checks(row, actor=run.actor, now=run.now.timestamp())
        run.origins.add("monitor", item.key, object_id=row.pk, label=row.name)
    return events
