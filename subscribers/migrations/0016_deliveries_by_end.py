from django.db import migrations, models
from django.db.models import Q

from components.migrations._online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [('subscribers', '0015_keys_that_do_not_open')]

    operations = [
        AddIndexOnline(
            model_name="delivery",
            index=models.Index(
                fields=["ended_at"], condition=Q(ended_at__isnull=False), name="delivery_by_end"
            ),
        ),
    ]
