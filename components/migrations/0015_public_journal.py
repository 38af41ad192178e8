from django.db import migrations, models

from components.migrations._online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("components", "0014_component_tags")]

    operations = [
        AddIndexOnline(
            model_name="journalentry",
            index=models.Index(
                fields=["id"], condition=models.Q(public=True), name="journal_public"
            ),
        ),
    ]
