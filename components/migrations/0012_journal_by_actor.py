from django.db import migrations, models

from components.migrations._online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("components", "0011_request_counts")]

    operations = [
        AddIndexOnline(
            model_name="journalentry",
            index=models.Index(
                fields=["actor", "id"],
                condition=~models.Q(actor=""),
                name="journal_by_actor",
            ),
        ),
    ]
