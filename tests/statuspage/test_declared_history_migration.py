"""An upgrade fills the declared layer from what is there; no period has no length (F-T13)."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from components.models import Component, DeclaredPeriod, StatusPeriod
from components.status import Status
from components.values.severity import Severity
from incidents.services import open_incident
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
START = datetime(2026, 3, 1, tzinfo=UTC)
migration = import_module("statuspage.migrations.0006_declared_history")


def fill() -> None:
    migration.fill(apps, SimpleNamespace(connection=connection))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def log(component: Component, *periods: tuple[Status, float, float | None]) -> None:
    StatusPeriod.objects.filter(component=component).delete()
    StatusPeriod.objects.bulk_create(
        StatusPeriod(component=component, status=status, started_at=at(begin),
                     ended_at=None if end is None else at(end))
        for status, begin, end in periods
    )  # fmt: skip


def logged(component: Component) -> list[tuple[str, float, float | None]]:
    return [
        (each.status, (each.started_at - START).total_seconds(),
         (each.ended_at - START).total_seconds() if each.ended_at else None)
        for each in StatusPeriod.objects.filter(component=component).order_by("started_at")
    ]  # fmt: skip


def test_what_lasted_no_time_goes_to_what_came_after_it() -> None:
    new, flicker = build.component(), build.component()
    build.monitor(new)
    build.monitor(flicker)
    up, blank, down = Status.OPERATIONAL, Status.UNKNOWN, Status.MAJOR_OUTAGE
    log(new, (up, 0, 0.02), (blank, 0.02, 0.5), (down, 0.5, None))
    log(flicker, (up, 0, 100), (down, 100, 100.4), (up, 100.4, None))

    fill()

    assert logged(new) == [(down, 0, None)]
    assert logged(flicker) == [(up, 0, None)]


def test_the_declared_layer_is_what_the_store_tells_of_already() -> None:
    by_hand, watched = build.component(), build.component(status_override="degraded")
    build.monitor(watched)
    known = open_incident(
        title="Old", severity=Severity.MAJOR, message="x", impacts={watched: Status.MAJOR_OUTAGE},
        started_at=START, resolved_at=at(7200),
    )  # fmt: skip
    open_incident(
        title="Draft", severity=Severity.MAJOR, message="x", impacts={watched: Status.MAJOR_OUTAGE},
        published=False,
    )  # fmt: skip
    log(by_hand, (Status.DEGRADED, 0, 50), (Status.OPERATIONAL, 50, None))
    log(watched, (Status.OPERATIONAL, 0, 50), (Status.DEGRADED, 50, None))
    Component.objects.filter(pk=watched.pk).update(status="degraded", status_since=at(50))
    DeclaredPeriod.objects.all().delete()

    fill()
    fill()

    told = DeclaredPeriod.objects.order_by("source")
    assert list(
        told.values_list("component", "source", "incident_id", "status", "started_at", "ended_at")
    ) == [
        (by_hand.pk, "by_hand", None, "operational", at(50), None),
        (watched.pk, "incident", known.pk, "major_outage", START, at(7200)),
        (watched.pk, "override", None, "degraded", at(50), None),
    ]
    # What is logged stays as measured; of a component without monitors nothing is measured now.
    assert logged(by_hand) == [(Status.DEGRADED, 0, 50)]
    assert len(logged(watched)) == 2
