"""Incidents of an import, with their updates and their times."""

from collections.abc import Iterator, Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import record
from components.models import Component
from components.status import Status
from incidents.backfill import PastUpdate, clean_past_incident, write_past_incident
from incidents.models import Incident
from incidents.workflow import IncidentState
from statuspage.importers.description import IncidentItem
from statuspage.importers.writing.run import Import, sentence


def take_incident(run: Import, item: IncidentItem) -> None:
    """Write an incident down that is not here; one that is not over comes in as a draft."""
    place = item.place or f"incident “{item.title}”"
    pk = run.origins.pk("incident", item.key)
    if pk is not None and Incident.objects.filter(pk=pk).exists():
        run.report.known["incident"] += 1
        return
    if run.was_deleted("incident", item.key, place):
        return
    incident = Incident(
        title=item.title, severity=item.severity, started_at=item.started_at,
        resolved_at=item.resolved_at,
    )  # fmt: skip
    updates = list(_updates(run, item))
    try:
        rows = clean_past_incident(incident, updates=updates, now=run.now)
    except ValidationError as error:
        run.report.refuse(place, sentence(error))
        return
    if not run.dry_run:
        with transaction.atomic():
            event = write_past_incident(incident, rows, updates=updates, actor=run.actor)
            run.origins.add("incident", item.key, object_id=incident.pk, label=incident.title)
            record(event)
    run.report.created["incident"] += 1
    if not incident.published:
        run.report.notes.append(
            f"{place} is not over: it is a draft. Publish it when this page takes over."
        )


def _updates(run: Import, item: IncidentItem) -> Iterator[PastUpdate]:
    for number, each in enumerate(sorted(item.updates, key=lambda update: update.at)):
        said = each.statuses if number else {**item.impacts, **each.statuses}
        # With its end an incident declares nothing any more.
        statuses = {} if number and each.status is IncidentState.RESOLVED else _here(run, said)
        yield PastUpdate(each.at, each.status, each.message, statuses)


def _here(run: Import, said: Mapping[str, Status]) -> dict[Component, Status]:
    return {run.components[key]: status for key, status in said.items() if key in run.components}
