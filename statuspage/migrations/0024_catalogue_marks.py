from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('statuspage', '0023_first_steps'),
    ]

    operations = [
        migrations.CreateModel(
            name='CatalogueMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('section', models.CharField(max_length=40)),
                ('row', models.CharField(max_length=64)),
                ('source', models.CharField(max_length=200)),
                ('unlocked', models.BooleanField(default=False)),
                ('applied_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('section', 'row'), name='one_mark_per_row')],
            },
        ),
    ]
