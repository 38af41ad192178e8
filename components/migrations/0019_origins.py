from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('components', '0018_nested_groups'),
    ]

    operations = [
        migrations.CreateModel(
            name='Origin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('system', models.CharField(max_length=60)),
                ('kind', models.CharField(max_length=20)),
                ('key', models.CharField(max_length=200)),
                ('object_id', models.CharField(max_length=60)),
                ('label', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('gone_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('system', 'kind', 'key'), name='one_row_per_origin')],
            },
        ),
    ]
