"""The address that mail about an account goes to."""

from django.db import migrations

import components.secrets.fields


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0016_deliveries_by_end")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="address",
            field=components.secrets.fields.SealedField(
                blank=True, db_default="", default="", editable=False
            ),
        ),
    ]
