"""Fill the declared layer of history from what the store holds already; drop periods of no length.

What is logged so far counts as measured. Incidents declare from their start to their end; a status
that is set by hand declares since it is; a component without monitors is run by hand since its
open period began. Nothing here depends on the clock.
"""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.db import migrations
from django.db.models import DurationField, ExpressionWrapper, F

from components.status import Status
from incidents.impact_history import Said, impact_periods

_BATCH = 500
_SHORTEST = timedelta(seconds=1)


def fill(apps: Any, schema_editor: Any) -> None:
    alias = schema_editor.connection.alias
    declared = apps.get_model("components", "DeclaredPeriod").objects.using(alias)
    if declared.exists():
        return
    _drop_periods_of_no_length(apps, alias)
    _run_by_hand(apps, alias)
    _set_by_hand(apps, alias)
    _incidents(apps, alias)


def _drop_periods_of_no_length(apps: Any, alias: str) -> None:
    """Give what lasted less than a second to the period after it, and join what is alike then."""
    rows = apps.get_model("components", "StatusPeriod").objects.using(alias)
    length = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
    short = rows.annotate(length=length).filter(length__lt=_SHORTEST)
    for each in list(short.order_by("component_id", "-started_at")):
        begin, end = each.started_at, each.ended_at
        each.delete()
        after = rows.filter(component=each.component_id, started_at=end).first()
        if after is None:
            continue
        before = rows.filter(
            component=each.component_id, ended_at=begin, status=after.status
        ).first()
        if before is None:
            rows.filter(pk=after.pk).update(started_at=begin)
        else:
            after.delete()
            rows.filter(pk=before.pk).update(ended_at=after.ended_at)


def _run_by_hand(apps: Any, alias: str) -> None:
    """Move the open period of each component without monitors to the declared layer."""
    watched = apps.get_model("monitors", "Monitor").objects.using(alias).values("component")
    rows = apps.get_model("components", "StatusPeriod").objects.using(alias)
    period = apps.get_model("components", "DeclaredPeriod")
    pending = rows.filter(ended_at=None).exclude(component__in=watched).order_by("pk")
    moved = [
        period(component_id=each.component_id, source="by_hand", status=Status.OPERATIONAL.value,
               started_at=each.started_at)
        for each in pending
    ]  # fmt: skip
    period.objects.using(alias).bulk_create(moved, batch_size=_BATCH)
    # A window in progress is measured, whoever runs the component.
    pending.exclude(status=Status.MAINTENANCE.value).delete()


def _set_by_hand(apps: Any, alias: str) -> None:
    components = apps.get_model("components", "Component").objects.using(alias)
    period = apps.get_model("components", "DeclaredPeriod")
    period.objects.using(alias).bulk_create(
        [
            period(component_id=each.pk, source="override", status=each.status_override,
                   started_at=each.status_since or each.updated_at, note=each.override_note)
            for each in components.exclude(status_override="")
        ],
        batch_size=_BATCH,
    )  # fmt: skip


def _incidents(apps: Any, alias: str) -> None:
    models = {name: apps.get_model("incidents", name) for name in ("Incident", "Impact", "Update")}
    period = apps.get_model("components", "DeclaredPeriod")
    incidents = models["Incident"].objects.using(alias).filter(published=True, machine_only=False)
    ids = list(incidents.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(ids), _BATCH):
        some = ids[first : first + _BATCH]
        impacts: dict[int, dict[int, Status]] = defaultdict(dict)
        for row in models["Impact"].objects.using(alias).filter(incident__in=some):
            impacts[row.incident_id][row.component_id] = Status(row.status)
        said: dict[int, list[Said]] = defaultdict(list)
        updates = models["Update"].objects.using(alias).filter(incident__in=some)
        for row in updates.order_by("created_at", "pk"):
            statuses = {int(pk): Status(word) for pk, word in row.component_statuses.items()}
            said[row.incident_id].append(Said(row.created_at, row.status == "resolved", statuses))
        created = [
            period(component_id=pk, source="incident", incident_id=incident.pk,
                   status=each.status.value, started_at=each.start, ended_at=each.end)
            for incident in incidents.filter(pk__in=some).order_by("pk")
            for pk, periods in impact_periods(
                started_at=incident.started_at, resolved_at=incident.resolved_at,
                impacts=impacts[incident.pk], updates=said[incident.pk],
            ).items()
            for each in periods
        ]  # fmt: skip
        period.objects.using(alias).bulk_create(created, batch_size=_BATCH)


class Migration(migrations.Migration):
    dependencies = [
        ("components", "0007_two_layers_of_history"),
        ("incidents", "0002_told_in_full"),
        ("monitors", "0012_a_kind_without_settings"),
        ("statuspage", "0005_logintry"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
