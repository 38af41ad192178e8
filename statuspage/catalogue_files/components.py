"""A component together with the monitors that watch it: one transaction, journalled last."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import Event, record
from components.journal.event_types import COMPONENT_RESTORED, COMPONENT_RETIRED, EventType
from components.models import Component
from components.optimistic_lock import bump_version
from components.services import component_changed, override_changed, store_component
from monitors.models import Monitor
from monitors.services import store_monitor, sync_checks


def store(
    component: Component,
    *,
    depends_on: Iterable[Component] | None = None,
    monitors: Iterable[Monitor] | None = None,
    seen_version: int | None = None,
    actor: str = "",
) -> Component:
    """Create or change a component, and assign these monitors to it. Returns the component.

    A monitor that watched another component moves over. None leaves dependencies, or monitors, as
    they are. A monitor cannot stand alone: leaving one out is refused, by a ValidationError
    naming it. With `seen_version`, raises ConflictError when it was changed since.
    """
    component.full_clean()
    overridden = _override_changes(component)
    with transaction.atomic():
        store_component(component, depends_on=depends_on, seen_version=seen_version)
        events = [component_changed(component, actor=actor)]
        if overridden:
            events.append(override_changed(component, actor=actor))
        if monitors is not None:
            events += _move(list(monitors), component, actor=actor)
        record(*events)
    return component


def retire(
    component: Component,
    *,
    notify: bool = True,
    seen_version: int | None = None,
    actor: str = "",
    now: float,
) -> Component:
    """Take a component off the page and stop watching it; its name and history stay.

    With `notify` those who follow it are told. What is retired already stays as it is. Raises
    ConflictError as `store` does.
    """
    if component.retired_at is not None:
        return component
    at = datetime.fromtimestamp(now, UTC)
    hidden = not component.is_public
    return _switch(
        component, COMPONENT_RETIRED, at, seen_version=seen_version, actor=actor, now=now,
        hidden=hidden, notify=notify,
    )  # fmt: skip


def restore(
    component: Component, *, seen_version: int | None = None, actor: str = "", now: float
) -> Component:
    """Bring a retired component back: on the page, and watched by those of its monitors that are
    switched on. Raises ConflictError as `store` does."""
    if component.retired_at is None:
        return component
    return _switch(
        component, COMPONENT_RESTORED, None, seen_version=seen_version, actor=actor, now=now,
        hidden=not component.is_nameable,
    )  # fmt: skip


def _switch(
    component: Component,
    kind: EventType,
    retired_at: datetime | None,
    *,
    seen_version: int | None,
    actor: str,
    now: float,
    hidden: bool,
    **more: bool,
) -> Component:
    with transaction.atomic():
        bump_version(component, expected=seen_version)
        component.retired_at = retired_at
        component.save(update_fields=["retired_at", "updated_at"])
        events = []
        rows = Monitor.objects.select_for_update(of=("self",)).filter(component=component)
        for monitor in rows.order_by("pk"):
            monitor.component = component
            store_monitor(monitor)
            events += sync_checks(monitor, actor=actor, now=now)
        data = {
            "component_id": component.pk, "slug": component.slug, "name": component.name, **more,
        }  # fmt: skip
        event = Event(kind, data, subject_id=component.pk, actor=actor, hidden=hidden)
        record(event, *events)
    return component


def _override_changes(component: Component) -> bool:
    before = Component.objects.filter(pk=component.pk).values_list("status_override", flat=True)
    return component.status_override != (before.first() or "")


def _move(monitors: list[Monitor], component: Component, *, actor: str) -> list[Event]:
    """Move monitors to a component; return the events to journal."""
    ids = {monitor.pk for monitor in monitors}
    left_out = Monitor.objects.filter(component=component).exclude(pk__in=ids).first()
    if left_out is not None:
        raise ValidationError({
            "monitors": f"Monitor {left_out.pk} watches this component: name it too, name it at"
            " another component to move it there, or delete it."
        })  # fmt: skip
    events = []
    rows = Monitor.objects.select_for_update(of=("self",)).select_related(
        "component__group__parent"
    )
    for monitor in rows.filter(pk__in=ids).exclude(component=component).order_by("pk"):
        # What it said no longer speaks for the one that it leaves.
        events.append(component_changed(monitor.component, actor=actor))
        monitor.component = component
        store_monitor(monitor)
        events += sync_checks(monitor, actor=actor, now=time.time())
    return events
