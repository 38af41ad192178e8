"""What a request of this dialect does to a metric, which is a monitor of numbers here."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from rest_framework import serializers

from components.journal import collect, record
from components.models import Component
from components.values.public_ids import public_id
from monitors.models import LastNumber, Monitor
from monitors.probers.number import NumberProber
from monitors.pushed_numbers.intake import AHEAD_SECONDS, forget_numbers, take_number
from monitors.services import delete_monitor, save_monitor
from statuspage.api.serializers.catalogue import free_slug
from statuspage.api.statuspage_v1.bodies import errors_by_names
from statuspage.api.statuspage_v1.metric_bodies import MetricBody
from statuspage.api.statuspage_v1.page import AddressedPage
from statuspage.catalogue.protection import kept_as_described
from statuspage.catalogue_files import components as catalogue
from statuspage.metric_models import StatuspageMetric

SILENCE = 86_400
"""Seconds that a number counts, unless somebody says so at the desk: senders have rhythms of their
own, and their API never asked for one."""
_NAMES = {"measures": "name", "unit": "suffix", "config": "suffix", "description": "name"}
Point = Mapping[str, Any]


def create_metric(body: MetricBody, page: AddressedPage, *, actor: str) -> Monitor:
    """Create a metric: on the component that its identifier names, or else on one of its own,
    which does not count in the page's status. Raises ValidationError."""
    data = body.validated_data
    component = _named(page, data.get("metric_identifier", ""))
    if component is None:
        page.require_main("A metric that names no component of this page (metric_identifier)")
    with transaction.atomic(), errors_by_names(_NAMES):
        with collect() as events:
            own = component is None
            if component is None:
                component = catalogue.store(_own_component(body), actor=actor)
            monitor = Monitor(component=component, name=data["name"], kind=NumberProber.kind)
            monitor.config = {"silence": SILENCE}
            _describe(monitor, data)
            save_monitor(monitor, regions=(), actor=actor)
            StatuspageMetric.objects.create(
                monitor=monitor, described=body.described(), has_own_component=own
            )
        record(*events)
    return monitor


def _named(page: AddressedPage, identifier: str) -> Component | None:
    components = page.components()
    found = components.get(identifier)
    return found or next((each for each in components.values() if each.slug == identifier), None)


def _own_component(body: MetricBody) -> Component:
    data = body.validated_data
    return Component(
        slug=free_slug(data["name"]), name=data["name"],
        description=data.get("tooltip_description", ""), visible=data.get("display", True),
        counts_for_overall=False,
    )  # fmt: skip


def _describe(monitor: Monitor, data: Mapping[str, Any]) -> None:
    if "name" in data:
        monitor.name = data["name"]
        monitor.config = {**monitor.config, "measures": data["name"][:60]}
    if "suffix" in data:
        monitor.config = {**monitor.config, "unit": data["suffix"]}


def change_metric(monitor: Monitor, body: MetricBody, *, actor: str) -> None:
    """Change how a metric is called and described. Raises ValidationError, ManagedError."""
    data = body.validated_data
    row = StatuspageMetric.objects.filter(monitor=monitor).first() or StatuspageMetric(
        monitor=monitor
    )
    with transaction.atomic(), errors_by_names(_NAMES):
        with collect() as events, kept_as_described(monitor):
            _describe(monitor, data)
            save_monitor(monitor, regions=list(monitor.regions.all()), actor=actor)
            row.described = {**row.described, **body.described()}
            row.save()
            component = monitor.component
            if row.has_own_component and component.visible != data.get(
                "display", component.visible
            ):
                component.visible = data["display"]
                with kept_as_described(component):
                    catalogue.store(component, actor=actor)
        record(*events)


def delete_metric(monitor: Monitor, *, actor: str) -> None:
    """Delete a metric; a component that was made for it is retired. Raises ManagedError."""
    with transaction.atomic():
        with collect() as events, kept_as_described(monitor):
            if StatuspageMetric.objects.filter(monitor=monitor, has_own_component=True).exists():
                with kept_as_described(monitor.component):
                    catalogue.retire(monitor.component, notify=False, actor=actor, now=time.time())
            delete_monitor(monitor, actor=actor)
        record(*events)


def reset_metric(monitor: Monitor, *, actor: str) -> None:
    """Forget what was sent: nothing is known of it until the next number."""
    forget_numbers(monitor, now=time.time(), actor=actor)


def add_points(monitor: Monitor, points: Sequence[Point]) -> None:
    """Take the newest of these numbers in; what is older than what is known says nothing new.

    Raises ValidationError naming what is wrong with it.
    """
    now = time.time()
    newest = max(points, key=lambda each: each["timestamp"], default=None)
    if newest is None:
        return
    at = float(newest["timestamp"])
    if at > now + AHEAD_SECONDS:
        here = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}, {int(now)}"
        raise serializers.ValidationError(
            {"timestamp": f"It is in the future: here it is {here}. Write seconds."}
        )
    if _is_old(monitor, at, now=now):
        return
    names = {"at": "timestamp", "kind": "metric_id"}
    with errors_by_names(names):
        take_number(monitor, newest["value"], stated_at=at, now=now)


def _is_old(monitor: Monitor, at: float, *, now: float) -> bool:
    silence = monitor.config.get("silence")
    counts = silence if isinstance(silence, int) else SILENCE
    last = LastNumber.objects.filter(monitor=monitor).first()
    known = last.stated_at if last is not None and last.stated_at is not None else None
    return at <= now - counts or (known is not None and at <= known)


def metric_id(monitor: Monitor) -> str:
    """Return the public id of a metric."""
    return public_id("metric", monitor.pk)
