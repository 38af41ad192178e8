from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0003_seal_addresses")]
    operations = [
        migrations.RemoveField(model_name="subscriber", name="email"),
        migrations.AddConstraint(
            model_name="subscriber",
            constraint=models.UniqueConstraint(
                fields=("address_digest", "incident_id"), name="one_subscriber_per_address"
            ),
        ),
    ]
