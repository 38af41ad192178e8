"""The status that a target states of itself, such as another status page's maintenance."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitors", "0024_rules_for_alerts")]

    operations = [
        migrations.AddField(
            "check",
            "stated_status",
            models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
    ]
