from django.db import migrations, models

from components.values.slugs import slug_of


def give_slugs(apps, schema_editor):
    """Groups that an older release makes meanwhile get theirs when they are saved next."""
    rows = apps.get_model('components', 'Group').objects.using(schema_editor.connection.alias)
    taken = set()
    for group in rows.order_by('pk'):
        wanted = slug = slug_of(group.name, longest=50) or 'group'
        number = 1
        while slug in taken:
            number += 1
            slug = f'{wanted}-{number}'
        taken.add(slug)
        rows.filter(pk=group.pk).update(slug=slug)


class Migration(migrations.Migration):

    dependencies = [
        ('components', '0019_origins'),
    ]

    operations = [
        migrations.AddField(
            model_name='group',
            name='slug',
            field=models.SlugField(editable=False, max_length=60, null=True, unique=True),
        ),
        migrations.RunPython(give_slugs, migrations.RunPython.noop),
    ]
