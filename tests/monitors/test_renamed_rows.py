"""Stores of earlier releases hold names that are given otherwise today."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps

from components.models import Component
from maintenance.models import Series
from monitors.models import Monitor
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def test_stored_zones_get_the_name_they_stood_for_f_t12() -> None:
    monitor, _ = build.heartbeat(cron="@daily", timezone="Asia/Tokyo")
    other, _ = build.heartbeat(cron="@daily", timezone="Europe/Berlin")
    Monitor.objects.filter(pk=monitor.pk).update(
        config=monitor.config | {"timezone": "posix/Asia/Tokyo"}
    )
    for name in ("Factory", "right/Asia/Tokyo", "Europe/Paris"):
        Series.objects.create(
            title=name, rule="FREQ=DAILY", timezone=name,
            first_local="2026-01-01T00:00:00", duration=timedelta(hours=1),
        )  # fmt: skip

    import_module("monitors.migrations.0013_zones_by_name").name_zones(apps, None)
    import_module("maintenance.migrations.0004_zones_by_name").name_zones(apps, None)

    monitor.refresh_from_db()
    other.refresh_from_db()
    assert monitor.config["timezone"] == "Asia/Tokyo"
    assert other.config["timezone"] == "Europe/Berlin"
    assert sorted(Series.objects.values_list("timezone", flat=True)) == [
        "Asia/Tokyo", "Europe/Paris", "UTC",
    ]  # fmt: skip


def test_the_products_own_components_are_named_apart_unless_people_named_them_f_t19() -> None:
    own, renamed, platforms = (
        build.component(name, slug=slug)
        for name, slug in (
            ("Database", "status-database"),
            ("Pages", "status-web"),
            ("Database", "database"),
        )
    )
    for component in (own, renamed):
        Monitor.objects.filter(pk=build.monitor(component).pk).update(builtin=component.slug)

    import_module("monitors.migrations.0017_own_components_named_apart").name_apart(apps, None)

    names = [Component.objects.get(pk=each.pk).name for each in (own, renamed, platforms)]
    assert names == ["Status page database", "Pages", "Database"]
