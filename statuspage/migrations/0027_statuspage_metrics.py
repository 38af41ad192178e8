import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('monitors', '0027_alert_rule_names'),
        ('statuspage', '0026_time_zone_of_staff'),
    ]

    operations = [
        migrations.CreateModel(
            name='StatuspageMetric',
            fields=[
                ('monitor', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='monitors.monitor')),
                ('described', models.JSONField(default=dict)),
                ('has_own_component', models.BooleanField(default=False)),
            ],
        ),
    ]
