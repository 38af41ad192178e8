"""Series of windows name their zone as the IANA list does, not as one machine's files do."""

from django.db import migrations

from components.values.time_zones import named_zone


def name_zones(apps, schema_editor):
    series = apps.get_model("maintenance", "Series").objects
    for zone in series.order_by("timezone").values_list("timezone", flat=True).distinct():
        if (name := named_zone(zone)) != zone:
            series.filter(timezone=zone).update(timezone=name)


class Migration(migrations.Migration):

    dependencies = [("maintenance", "0003_every_window_has_a_reference")]

    operations = [migrations.RunPython(name_zones, migrations.RunPython.noop)]
