"""One mailbox, one subscriber: addresses whose domain was written in two ways are merged.

Of two rows the active one stays, else the older one. The other gives it its deliveries and, if it
was active too, its choices; it keeps nothing but its links, which lead to the one that stays.
"""

from datetime import UTC, datetime
from typing import Any

import django.db.models.deletion
from django.core.exceptions import ValidationError
from django.db import migrations, models

from components.secrets import Sealed, SecretError
from components.values.severity import Severity
from subscribers.addresses import digest, lane, normalise
from subscribers.channels.registry import UnknownChannelError


def merge(apps: Any, _editor: Any) -> None:
    subscribers = apps.get_model("subscribers", "Subscriber").objects
    for pk in list(subscribers.order_by("pk").values_list("pk", flat=True)):
        row = subscribers.get(pk=pk)
        try:
            address = row.address.reveal() if row.address else ""
            normal = normalise(row.channel, address) if address else ""
        except (SecretError, ValidationError, UnknownChannelError):
            continue  # it stays as it is
        if normal == address:
            continue
        key = digest(row.channel, normal)
        twin = subscribers.filter(address_digest=key, incident_id=row.incident_id)
        other = twin.exclude(pk=pk).first()
        if other is not None:
            kept, gone = sorted((row, other), key=lambda each: (not _is_active(each), each.pk))
            _give(apps, gone, kept)
            row = kept
        row.address, row.address_digest = Sealed.of(normal), key
        row.lane = lane(row.channel, normal)
        row.save()


def _is_active(row: Any) -> bool:
    return row.confirmed_at is not None and row.unsubscribed_at is None


def _give(apps: Any, gone: Any, kept: Any) -> None:
    deliveries = apps.get_model("subscribers", "Delivery").objects
    mine = deliveries.filter(subscriber=kept).values("notice")
    deliveries.filter(subscriber=gone).exclude(notice__in=mine).update(subscriber=kept)
    deliveries.filter(subscriber=gone).update(subscriber=None)
    endpoints = apps.get_model("subscribers", "Endpoint").objects
    endpoints.filter(owner=gone).update(owner=kept)
    if _is_active(gone):
        kept.kinds = [*kept.kinds, *(kind for kind in gone.kinds if kind not in kept.kinds)]
        kept.min_severity = min(
            kept.min_severity, gone.min_severity, key=lambda each: Severity(each).rank
        )
        if "all" in (kept.scope, gone.scope):
            kept.scope = "all"
        else:
            kept.components.add(*gone.components.all())
    gone.address, gone.address_digest = None, f"merged-{gone.pk}"
    gone.unsubscribed_at = gone.unsubscribed_at or datetime.now(UTC)
    gone.merged_into = kept
    gone.save()
    # What was merged into it before leads to the one that stays as well.
    apps.get_model("subscribers", "Subscriber").objects.filter(merged_into=gone).update(
        merged_into=kept
    )


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0010_escalation")]

    operations = [
        migrations.AddField(
            model_name="subscriber",
            name="merged_into",
            field=models.ForeignKey(
                editable=False, null=True, on_delete=django.db.models.deletion.CASCADE,
                related_name="+", to="subscribers.subscriber",
            ),
        ),  # fmt: skip
        migrations.RunPython(merge, migrations.RunPython.noop),
    ]
