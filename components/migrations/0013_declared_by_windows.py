"""Maintenance windows that were entered afterwards declare history too."""

from django.db import migrations, models

from components.migrations._online import AddIndexOnline
from components.uptime.layers import source_choices


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("components", "0012_journal_by_actor")]

    operations = [
        migrations.AddField(
            model_name="declaredperiod",
            name="window_id",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        AddIndexOnline(
            model_name="declaredperiod",
            index=models.Index(
                fields=["window_id"],
                condition=models.Q(window_id__isnull=False),
                name="declared_by_window",
            ),
        ),
    ]
