"""Connectivity by prober: a region is blind when all of its probers are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitors", "0019_tally_of_checks")]

    operations = [
        migrations.CreateModel(
            name="ProberConnectivity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=40)),
                ("prober", models.CharField(max_length=200)),
                ("seen", models.FloatField(default=0)),
                ("blind_since", models.FloatField(null=True)),
                ("names_only", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("region", "prober"), name="one_connectivity_per_prober"
                    )
                ],
            },
        ),
    ]
