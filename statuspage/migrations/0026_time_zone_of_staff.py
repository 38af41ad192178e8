from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The model has a new name; its table keeps the one that older processes know."""

    dependencies = [
        ('statuspage', '0025_announcement_names'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelTable(name="stafflanguage", table="statuspage_stafflanguage"),
        migrations.RenameModel(old_name="StaffLanguage", new_name="StaffPreferences"),
        migrations.AlterModelOptions(
            name="staffpreferences",
            options={"verbose_name_plural": "staff preferences"},
        ),
        migrations.AddField(
            model_name="staffpreferences",
            name="time_zone",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AlterField(
            model_name="staffpreferences",
            name="tag",
            field=models.CharField(blank=True, max_length=20),
        ),
    ]
