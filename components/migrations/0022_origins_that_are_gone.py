from django.db import migrations, models

from components.migrations._online import AddIndexOnline


class Migration(migrations.Migration):

    # The index is made while others write.
    atomic = False

    dependencies = [
        ('components', '0021_what_discovery_found'),
    ]

    operations = [
        AddIndexOnline(
            model_name='origin',
            index=models.Index(condition=models.Q(('gone_at__isnull', False)), fields=['kind'], name='origins_gone'),
        ),
    ]
