"""Incidents of elsewhere, written down with all their updates and times; nobody is told.

One that is over is public at once, as one that staff enter afterwards. One that is not is a draft:
whether it still holds, and who is to be told of it, is for a person to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError

from components.journal import Event
from components.models import Component, set_history_actor
from components.status import Status
from incidents import event_types
from incidents.events import backfilled_event, incident_event
from incidents.models import Impact, Incident, Update
from incidents.services import set_reference
from incidents.workflow import IncidentState, time_errors


@dataclass(frozen=True, slots=True)
class PastUpdate:
    """An update as it was posted."""

    at: datetime
    status: IncidentState
    message: str
    statuses: Mapping[Component, Status] = field(default_factory=dict)
    """What it declared of components from then on."""


def clean_past_incident(
    incident: Incident, *, updates: Sequence[PastUpdate], now: datetime
) -> list[Update]:
    """Set the state that follows from an incident's times; return its updates, not stored.

    Raises ValidationError naming the field.
    """
    if not updates:
        raise ValidationError({"updates": "There has to be at least one update."})
    ordered = sorted(updates, key=lambda each: each.at)
    incident.published = incident.resolved_at is not None
    incident.status = IncidentState.RESOLVED if incident.published else ordered[-1].status
    if not incident.published and incident.status == IncidentState.RESOLVED:
        raise ValidationError({"resolved_at": "It is resolved, and has no time at which it was."})
    incident.full_clean(exclude=["reference"])
    if errors := time_errors(incident.started_at, incident.resolved_at, now=now):
        raise ValidationError(errors)
    rows = [
        Update(status=each.status, message=each.message, notify=False, created_at=each.at)
        for each in ordered
    ]
    for row in rows:
        row.clean_fields(exclude={"incident"})
    return rows


def write_past_incident(
    incident: Incident, rows: Sequence[Update], *, updates: Sequence[PastUpdate], actor: str = ""
) -> Event:
    """Write a clean incident and its updates; the caller records the returned event, last.

    `rows` are what `clean_past_incident` made of `updates`.
    """
    set_reference(incident)
    set_history_actor(incident, actor=actor)
    incident.save()
    impacts: dict[Component, Status] = {}
    for row, update in zip(rows, sorted(updates, key=lambda each: each.at), strict=True):
        row.incident, row.author = incident, actor
        row.component_statuses = {
            str(component.pk): status.value for component, status in update.statuses.items()
        }
        set_history_actor(row, actor=actor)
        row.save()
        impacts.update(update.statuses)
    Impact.objects.bulk_create(
        Impact(incident=incident, component=component, status=status)
        for component, status in impacts.items()
    )
    if incident.published:
        return backfilled_event(incident, actor=actor)
    return incident_event(
        event_types.INCIDENT_CREATED, incident, update=rows[-1], notify=False, actor=actor,
        component_ids=[component.pk for component in impacts],
    )  # fmt: skip
