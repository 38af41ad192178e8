from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('components', '0020_slugs_of_groups'),
    ]

    operations = [
        migrations.AddField(
            model_name='origin',
            name='found',
            field=models.JSONField(null=True),
        ),
    ]
