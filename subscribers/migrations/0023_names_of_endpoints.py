from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('subscribers', '0022_alerts_by_component'),
    ]

    operations = [
        migrations.AddField(
            model_name='subscriber',
            name='name',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=100),
        ),
    ]
