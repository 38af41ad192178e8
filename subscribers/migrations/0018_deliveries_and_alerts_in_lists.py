from django.db import migrations, models

from components.migrations._online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subscribers", "0017_mail_about_accounts")]

    operations = [
        AddIndexOnline(
            model_name="delivery",
            index=models.Index(fields=["channel", "-id"], name="delivery_by_channel"),
        ),
        AddIndexOnline(
            model_name="alert",
            index=models.Index(fields=["stage", "-id"], name="alert_by_stage"),
        ),
    ]
