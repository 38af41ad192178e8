"""What is known of a server's certificate: when it ends, and whether it is valid."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitors", "0020_connectivity_of_each_prober")]

    operations = [
        migrations.AddField("check", "certificate_ends", models.FloatField(null=True)),
        migrations.AddField("check", "certificate_valid", models.BooleanField(null=True)),
    ]
