"""Heartbeats name their zone as the IANA list does, not as one machine's files do."""

from django.db import migrations

from components.values.time_zones import named_zone


def name_zones(apps, schema_editor):
    monitors = apps.get_model("monitors", "Monitor").objects
    for monitor in monitors.filter(kind="heartbeat").only("config").iterator():
        zone = monitor.config.get("timezone", "UTC")
        if isinstance(zone, str) and (name := named_zone(zone)) != zone:
            monitors.filter(pk=monitor.pk).update(config=monitor.config | {"timezone": name})


class Migration(migrations.Migration):

    dependencies = [("monitors", "0012_a_kind_without_settings")]

    operations = [migrations.RunPython(name_zones, migrations.RunPython.noop)]
