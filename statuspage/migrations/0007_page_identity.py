import uuid

from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


def keep_former_ids(apps, schema_editor):
    """What was published under ids made of SITE_URL keeps them, whatever SITE_URL becomes."""
    for page in apps.get_model('statuspage', 'Page').objects.all():
        page.identity = uuid.uuid4()
        page.former_site_url = settings.STATUSPAGE.site_url.rstrip('/')[:500]
        page.former_until = timezone.now()
        page.save(update_fields=['identity', 'former_site_url', 'former_until'])


class Migration(migrations.Migration):

    dependencies = [
        ('statuspage', '0006_declared_history'),
    ]

    operations = [
        migrations.AddField(
            model_name='page',
            name='identity',
            field=models.UUIDField(default=uuid.uuid4, editable=False),
        ),
        migrations.AddField(
            model_name='page',
            name='former_site_url',
            field=models.CharField(blank=True, editable=False, max_length=500),
        ),
        migrations.AddField(
            model_name='page',
            name='former_until',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunPython(keep_former_ids, migrations.RunPython.noop),
    ]
