"""The numbers of components as pages show them: what they measure, the newest, and the last day."""

from collections.abc import Mapping
from datetime import datetime

from monitors.history.number_series import number_hours
from monitors.models import Monitor
from monitors.probers.number import NumberProber
from statuspage.state.freshness import Freshness
from statuspage.state.observations import NumberView


def number_views(
    fresh: Mapping[int, Freshness], *, now: datetime
) -> dict[int, tuple[NumberView, ...]]:
    """Return the numbers by component, by their monitors' order. No query where there are none."""
    values = {pk: value for each in fresh.values() for pk, value in each.numbers.items()}
    if not values:
        return {}
    hours = number_hours(values, now=now)
    found: dict[int, tuple[NumberView, ...]] = {}
    for monitor in Monitor.objects.filter(pk__in=values).order_by("name", "pk"):
        if not monitor.config.get("public", True):
            continue
        view = NumberView(
            monitor.pk, number_name(monitor), str(monitor.config.get("unit", "")),
            values[monitor.pk], hours.get(monitor.pk, ()),
        )  # fmt: skip
        found[monitor.component_id] = (*found.get(monitor.component_id, ()), view)
    return found


def number_name(monitor: Monitor) -> str:
    """Return what a monitor's numbers are; its own name where nothing says it."""
    return str(monitor.config.get("measures", "")) or monitor.name


def number_monitors(component_id: int) -> list[Monitor]:
    """Return the monitors whose numbers a component's page shows, in their order. One query."""
    rows = Monitor.objects.filter(component=component_id, kind=NumberProber.kind, enabled=True)
    return [each for each in rows.order_by("name", "pk") if each.config.get("public", True)]
