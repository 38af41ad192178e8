"""Seals the addresses that stood in the clear."""

from django.db import migrations

from components.secrets import Sealed
from subscribers.addresses import digest, lane, normalise
from subscribers.models.subscriber import new_nonce


def seal(apps, schema_editor):
    subscribers = apps.get_model("subscribers", "Subscriber").objects
    for row in subscribers.all():
        address = normalise("email", row.email)
        row.address = Sealed.of(address)
        row.address_digest = digest("email", address)
        row.lane = lane("email", address)
        row.nonce = new_nonce()
        if row.components.exists():
            row.scope = "components"
        if subscribers.filter(address_digest=row.address_digest).exclude(pk=row.pk).exists():
            # The same address in another spelling.
            row.delete()
        else:
            row.save()


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0002_outbox")]
    operations = [migrations.RunPython(seal, migrations.RunPython.noop)]
