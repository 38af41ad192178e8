"""Services of alert routes; the routes as the rules need them; who would be told of an alert."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from components.journal import Event, record
from components.models import Component, Group
from components.values.severity import Severity
from subscribers import event_types
from subscribers.alerting.escalation import Hours, PlannedStep, Route, Step, plan
from subscribers.models import AlertChannel, AlertRoute, AlertStep


def save_route(
    row: AlertRoute,
    *,
    components: Iterable[Component] | None = None,
    groups: Iterable[Group] | None = None,
    steps: Mapping[AlertChannel, int] | None = None,
    actor: str = "",
) -> AlertRoute:
    """Create or change a route. Raises ValidationError naming the field.

    `steps` are minutes without an acknowledgement, by channel; None leaves each as it is.
    """
    row.full_clean()
    with transaction.atomic():
        row.save()
        if components is not None:
            row.components.set(components)
        if groups is not None:
            row.groups.set(groups)
        if steps is not None:
            _set_steps(row, steps)
        record(route_changed(row, actor=actor))
    return row


def _set_steps(row: AlertRoute, steps: Mapping[AlertChannel, int]) -> None:
    """Set a route's steps. Those that stay keep their ids: open alerts know which are done."""
    row.steps.exclude(channel__in=list(steps)).delete()
    for channel, minutes in steps.items():
        step = row.steps.filter(channel=channel).first() or AlertStep(route=row, channel=channel)
        step.after_minutes = minutes
        step.full_clean()
        step.save()


def route_changed(row: AlertRoute, *, actor: str = "") -> Event:
    """Return the event of a created or changed route, whose rows are written."""
    steps = [
        {"channel_id": channel, "after_minutes": minutes}
        for channel, minutes in row.steps.values_list("channel_id", "after_minutes")
    ]
    data = {"route_id": row.pk, "name": row.name, "enabled": row.enabled, "steps": steps}
    return Event(event_types.ROUTE_CHANGED, data, subject_id=row.pk, actor=actor)


def delete_route(row: AlertRoute, *, actor: str = "") -> None:
    """Delete a route; its channels stay."""
    data = {"route_id": row.pk, "name": row.name}
    event = Event(event_types.ROUTE_DELETED, data, subject_id=row.pk, actor=actor)
    with transaction.atomic():
        row.delete()
        record(event)


def enabled_routes() -> list[Route]:
    """Return the routes that are switched on, with the steps whose channels are."""
    rows = AlertRoute.objects.filter(enabled=True).prefetch_related(
        "components", "groups", "steps__channel"
    )
    return [_route(row) for row in rows]


def _route(row: AlertRoute) -> Route:
    steps = sorted(row.steps.all(), key=lambda each: (each.after_minutes, each.pk))
    return Route(
        id=row.pk,
        name=row.name,
        min_severity=Severity(row.min_severity),
        component_ids=frozenset(each.pk for each in row.components.all()),
        group_ids=frozenset(each.pk for each in row.groups.all()),
        steps=tuple(
            Step(each.pk, each.channel_id, timedelta(minutes=each.after_minutes))
            for each in steps
            if each.channel.enabled
        ),
        hours=Hours(row.hours_zone, frozenset(row.hours_days), row.hours_from, row.hours_to)
        if row.keeps_hours
        else None,
        waiting=frozenset(Severity(each) for each in row.waits_outside if each in set(Severity)),
        remind_minutes=row.remind_minutes,
    )


def matching_routes(
    component_id: int, severity: Severity, routes: list[Route] | None = None
) -> list[Route]:
    """Return the routes that take an alert on a component."""
    rows = Component.objects.filter(pk=component_id)
    groups = rows.values_list("group_id", "group__parent_id").first() or ()
    return [
        route
        for route in (enabled_routes() if routes is None else routes)
        if route.matches(component_id=component_id, groups=groups, severity=severity)
    ]


@dataclass(frozen=True, slots=True)
class ToldStep:
    """A step of an alert that would be raised now: who, when, by which route."""

    planned: PlannedStep
    channel: str
    masked: str
    kind: str
    waits: bool
    """Whether it waits for the route's hours."""

    @property
    def minutes(self) -> int:
        """How many minutes nobody has acknowledged it by then."""
        return int(self.planned.step.after.total_seconds() // 60)


def who_is_told(component_id: int, severity: Severity, *, now: datetime) -> list[ToldStep]:
    """Return what would happen if an alert were raised now and nobody acknowledged it."""
    planned = plan(matching_routes(component_id, severity), severity=severity, raised_at=now)
    channels = AlertChannel.objects.in_bulk([each.step.channel_id for each in planned])
    return [
        ToldStep(
            each,
            channels[each.step.channel_id].name,
            channels[each.step.channel_id].masked,
            channels[each.step.channel_id].get_channel_display(),
            waits=each.at > now + each.step.after,
        )
        for each in planned
    ]
