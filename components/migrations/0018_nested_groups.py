from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('components', '0017_only_when_wrong'),
    ]

    operations = [
        migrations.AddField(
            model_name='group',
            name='parent',
            field=models.ForeignKey(blank=True, help_text='The group that this one is a part of. A hidden group hides its parts as well.', null=True, on_delete=models.deletion.SET_NULL, related_name='children', to='components.group'),
        ),
    ]
