"""The index by which the alerts of a component are found, the newest first."""

from django.db import migrations, models

from components.migrations._online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subscribers", "0021_plain_words")]

    operations = [
        AddIndexOnline(
            model_name="alert",
            index=models.Index(fields=["component_id", "-id"], name="alert_by_component"),
        ),
    ]
