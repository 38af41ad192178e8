"""Stores of earlier releases may hold zones that only one machine's files know."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps

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
