"""An hour's minutes share a row; those there are so far will be folded anew."""

from django.db import migrations, models


def fold_anew(apps, schema_editor):
    apps.get_model("monitors", "Folding").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("monitors", "0010_agents")]

    operations = [
        migrations.DeleteModel("MinuteRow"),
        migrations.CreateModel(
            name="MinuteRows",
            fields=[
                ("pk", models.CompositePrimaryKey("check_id", "minute", blank=True, editable=False, primary_key=True, serialize=False)),
                ("check_id", models.IntegerField()),
                ("minute", models.IntegerField()),
                ("packed", models.BinaryField()),
            ],
        ),
        migrations.RunPython(fold_anew, migrations.RunPython.noop),
    ]
