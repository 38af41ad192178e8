from django.db import migrations, models


class Migration(migrations.Migration):
    # Of its own: PostgreSQL alters no table in the transaction that has just filled it.

    dependencies = [("maintenance", "0002_lifecycle")]

    operations = [
        migrations.AlterField(
            model_name="window",
            name="reference",
            field=models.CharField(editable=False, max_length=24, unique=True),
        ),
    ]
