"""The index by which drafts that go out at a time of their own are found."""

from components.migrations._online import AddIndexOnline
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("incidents", "0005_publish_at")]

    operations = [
        AddIndexOnline(
            model_name="incident",
            index=models.Index(
                fields=["publish_at"],
                condition=models.Q(("publish_at__isnull", False)),
                name="incident_to_publish",
            ),
        ),
    ]
