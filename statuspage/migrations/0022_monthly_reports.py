import django.db.models.deletion
from django.db import migrations, models

import components.secrets.fields


class Migration(migrations.Migration):

    dependencies = [
        ('statuspage', '0021_tokens_of_monitors'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReportKey',
            fields=[
                ('fingerprint', models.CharField(max_length=16, primary_key=True, serialize=False)),
                ('public', models.TextField()),
                ('private', components.secrets.fields.SealedField(blank=True, default='', editable=False)),
                ('in_use', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('in_use', True)), fields=('in_use',), name='one_report_key_in_use')],
            },
        ),
        migrations.CreateModel(
            name='FrozenReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('page', models.CharField(max_length=40)),
                ('identity', models.CharField(max_length=36)),
                ('month', models.DateField()),
                ('revision', models.PositiveIntegerField()),
                ('frozen_at', models.DateTimeField()),
                ('document', models.TextField()),
                ('sha256', models.CharField(db_index=True, max_length=64)),
                ('signature', models.CharField(max_length=88)),
                ('inputs', models.CharField(max_length=64)),
                ('key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='statuspage.reportkey')),
            ],
            options={
                'ordering': ['month', 'revision'],
                'constraints': [models.UniqueConstraint(fields=('page', 'identity', 'month', 'revision'), name='one_report_per_revision')],
            },
        ),
    ]
