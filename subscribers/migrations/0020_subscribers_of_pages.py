"""Subscribers belong to a page; one address may be told by several, for its hash is that of the page.

The code before this makes subscribers of the main page alone, which '' is.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0019_language_of_subscribers")]

    operations = [
        migrations.AddField(
            model_name="subscriber",
            name="page",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=40
            ),
        ),
    ]
