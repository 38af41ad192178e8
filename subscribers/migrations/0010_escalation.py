"""Steps, hours and reminders of alert routes.

The table of a route's channels becomes that of its steps: it keeps its name and gains a column.
"""

from typing import Any

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import subscribers.models.alerts

_AFTER = models.PositiveIntegerField(
    db_default=0, default=0, help_text="0: at once.",
    validators=[django.core.validators.MaxValueValidator(10080)],
    verbose_name="minutes unacknowledged",
)  # fmt: skip


def mark_steps_done(apps: Any, _editor: Any) -> None:
    """Open alerts were sent to every channel of their routes when they were raised."""
    alerts = apps.get_model("subscribers", "Alert").objects.filter(resolved_at=None)
    steps = apps.get_model("subscribers", "AlertStep").objects.values_list("route_id", "id")
    done = [f"{route}:{step}" for route, step in steps]
    for alert in alerts.exclude(raised_at=None):
        alert.escalated_from, alert.steps_done = alert.raised_at, done
        alert.save(update_fields=["escalated_from", "steps_done"])


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0009_delivery_order")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="AlertStep",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True,
                                                   serialize=False, verbose_name="ID")),
                        ("channel", models.ForeignKey(
                            db_column="alertchannel_id",
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+", to="subscribers.alertchannel")),
                        ("route", models.ForeignKey(
                            db_column="alertroute_id",
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="steps", to="subscribers.alertroute")),
                    ],
                    options={
                        "verbose_name": "step",
                        "db_table": "subscribers_alertroute_channels",
                        "unique_together": {("route", "channel")},
                    },
                ),  # fmt: skip
                migrations.AlterField(
                    model_name="alertroute",
                    name="channels",
                    field=models.ManyToManyField(
                        related_name="routes", through="subscribers.AlertStep",
                        to="subscribers.alertchannel",
                    ),
                ),  # fmt: skip
            ],
        ),
        migrations.AddField(model_name="alertstep", name="after_minutes", field=_AFTER),
        migrations.AlterModelOptions(
            name="alertstep", options={"ordering": ["after_minutes", "id"], "verbose_name": "step"}
        ),
        migrations.AddField(
            model_name='alert',
            name='escalated_from',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='alert',
            name='steps_done',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='alertroute',
            name='hours_days',
            field=models.JSONField(blank=True, default=subscribers.models.alerts.every_day, verbose_name='days'),
        ),
        migrations.AddField(
            model_name='alertroute',
            name='hours_from',
            field=models.TimeField(blank=True, null=True, verbose_name='from'),
        ),
        migrations.AddField(
            model_name='alertroute',
            name='hours_to',
            field=models.TimeField(blank=True, help_text='Past midnight if it is not after the start. Without both: the whole day.', null=True, verbose_name='to'),
        ),
        migrations.AddField(
            model_name='alertroute',
            name='hours_zone',
            field=models.CharField(default='UTC', help_text='IANA name, e.g. Europe/Berlin.', max_length=60, verbose_name='time zone'),
        ),
        migrations.AddField(
            model_name='alertroute',
            name='waits_outside',
            field=models.JSONField(blank=True, default=subscribers.models.alerts.only_minor, verbose_name='wait outside these hours'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='context',
            field=models.JSONField(null=True),
        ),
        migrations.RunPython(mark_steps_done, migrations.RunPython.noop),
    ]
