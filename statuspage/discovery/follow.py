"""What changes where something was discovered changes here too, unless somebody edited it here.

Of each field a digest of what discovery said last is kept. A field that still says so follows its
source; one that somebody edited is theirs.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import record
from components.models import Component, Group, Origin
from components.services import component_changed, store_component
from monitors.models import Monitor
from monitors.services import store_monitor, sync_checks
from statuspage.importers.description import ComponentItem, Description, MonitorItem
from statuspage.importers.writing.monitors import monitor_of
from statuspage.importers.writing.origins import short
from statuspage.importers.writing.run import sentence


def rename_keys(description: Description, *, system: str) -> None:
    """Have components that are called otherwise now found again by those that they were.

    One is the same if all its monitors that came in before watch one component, and that is named
    no more by its former key.
    """
    rows = list(Origin.objects.filter(system=system, kind__in=("component", "monitor")))
    keys = {row.key for row in rows if row.kind == "component"}
    here = {short(each.key) for each in description.components}
    if here <= keys:
        return
    monitors = {row.key: primary_key(row) for row in rows if row.kind == "monitor"}
    watched = dict(Monitor.objects.filter(pk__in=monitors.values()).values_list("pk", "component"))
    former = {
        primary_key(row): row for row in rows if row.kind == "component" and row.key not in here
    }
    for item in description.components:
        if short(item.key) in keys:
            continue
        components = {
            watched.get(monitors[short(each.key)])
            for each in item.monitors if short(each.key) in monitors
        }  # fmt: skip
        row = former.pop(components.pop() or 0, None) if len(components) == 1 else None
        if row is not None:
            Origin.objects.filter(pk=row.pk).update(key=short(item.key))


def follow(description: Description, *, system: str, now: datetime) -> list[str]:
    """Bring what came in before in line with what is found now; return a line for each change."""
    rows = Origin.objects.filter(system=system, kind__in=("component", "monitor"))
    origins = {(row.kind, row.key): row for row in rows}
    groups = {each.key: each.name for each in description.groups}
    lines: list[str] = []
    for item in description.components:
        row = origins.get(("component", short(item.key)))
        if row is None:
            continue
        lines += _follow_component(row, item, groups.get(item.group, ""), system)
        for monitor in item.monitors:
            if known := origins.get(("monitor", short(monitor.key))):
                lines += _follow_monitor(known, monitor, primary_key(row), system, now)
    return lines


def primary_key(row: Origin) -> int:
    """Return the primary key of what came in; 0 for none."""
    return int(row.object_id) if row.object_id.isdigit() else 0


def _follow_component(row: Origin, item: ComponentItem, group: str, system: str) -> list[str]:
    wanted = {
        "name": item.name, "description": item.description, "visible": item.visible,
        "group": group,
    }  # fmt: skip
    if row.found == _digests(wanted):
        return []
    rows = Component.objects.select_related("group__parent").filter(retired_at=None)
    component = rows.filter(pk=primary_key(row)).first()
    if component is None:
        return []
    changes = _changes(row, wanted, {
        "name": component.name, "description": component.description,
        "visible": component.visible, "group": component.group.name if component.group else "",
    })  # fmt: skip
    before = component.name
    for name in changes:
        if name == "group":
            component.group = Group.objects.filter(name__iexact=group).first() if group else None
        else:
            setattr(component, name, wanted[name])
    try:
        component.full_clean()
    except ValidationError as error:
        return [f"component “{before}” is not changed: {sentence(error)}"]
    with transaction.atomic():
        _remember(row, wanted, label=item.name)
        if changes:
            store_component(component)
            record(component_changed(component, actor=system))
    return [f"component “{before}”: {_listed(changes)} changed"] if changes else []


def _follow_monitor(
    row: Origin, item: MonitorItem, component: int, system: str, now: datetime
) -> list[str]:
    try:
        clean = monitor_of(item)
    except ValidationError as error:
        return [f"monitor “{item.name}” is not changed: {sentence(error)}"]
    wanted = {**_values(clean), "component": component}
    if row.found == _digests(wanted):
        return []
    with transaction.atomic():
        rows = Monitor.objects.select_for_update(of=("self",)).select_related("component")
        monitor = rows.filter(pk=primary_key(row), component__retired_at=None).first()
        if monitor is None:
            return []
        changes = _changes(row, wanted, {**_values(monitor), "component": monitor.component_id})
        for name in changes:
            if name == "target":
                monitor.kind, monitor.config = clean.kind, clean.config
            elif name == "component":
                monitor.component = Component.objects.get(pk=component)
            else:
                setattr(monitor, name, wanted[name])
        _remember(row, wanted, label=item.name)
        if changes:
            store_monitor(monitor)
            record(*sync_checks(monitor, actor=system, now=now.timestamp()))
    return [f"monitor “{monitor.name}”: {_listed(changes)} changed"] if changes else []


def _values(monitor: Monitor) -> dict[str, Any]:
    return {
        "name": monitor.name, "target": [monitor.kind, monitor.config],
        "interval": monitor.interval, "timeout": float(monitor.timeout),
    }  # fmt: skip


def _changes(row: Origin, wanted: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Return the fields that changed there and that nobody edited here."""
    if not row.found:
        return []  # what it said before was not kept yet
    new, now = _digests(wanted), _digests(here)
    return [
        name for name, said in new.items()
        if said != row.found.get(name, said) and now[name] == row.found[name]
    ]  # fmt: skip


def _remember(row: Origin, wanted: Mapping[str, Any], *, label: str) -> None:
    Origin.objects.filter(pk=row.pk).update(found=_digests(wanted), label=label[:200])


def _digests(values: Mapping[str, Any]) -> dict[str, str]:
    """Return a digest of each value; the values themselves may hold what is secret."""
    return {
        name: hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]
        for name, value in values.items()
    }


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
