"""Opening an incident and telling what comes of it: one transaction, one journal row each."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import transaction

from components.journal import Event, record
from components.kinds import Kind
from components.models import Component
from components.status import Status
from incidents import kinds
from incidents.models import Impact, Incident, Update
from incidents.workflow import IncidentState, Severity


def open_incident(
    *,
    title: str,
    severity: Severity,
    message: str,
    status: IncidentState = IncidentState.INVESTIGATING,
    impacts: Mapping[Component, Status] | None = None,
    started_at: datetime | None = None,
    published: bool = True,
    actor: str = "",
) -> Incident:
    """Open an incident with its first update. Raises ValidationError naming the field."""
    now = datetime.now(UTC)
    incident = Incident(
        title=title,
        severity=severity,
        status=status,
        started_at=started_at or now,
        published=published,
    )
    incident.full_clean()
    with transaction.atomic():
        incident.save()
        _write_update(incident, status, message, impacts or {}, now)
        record(event_for(kinds.INCIDENT_CREATED, incident, message, actor=actor))
    return incident


def post_update(
    incident: Incident,
    *,
    status: IncidentState,
    message: str,
    impacts: Mapping[Component, Status] | None = None,
    actor: str = "",
) -> Update:
    """Tell what is new; the incident takes the update's state. Reopening clears `resolved_at`."""
    now = datetime.now(UTC)
    resolved = status is IncidentState.RESOLVED
    kind = kinds.INCIDENT_RESOLVED if resolved else kinds.INCIDENT_UPDATED
    with transaction.atomic():
        update = _write_update(incident, status, message, impacts or {}, now)
        record(event_for(kind, incident, message, actor=actor))
    return update


def _write_update(
    incident: Incident,
    status: IncidentState,
    message: str,
    impacts: Mapping[Component, Status],
    now: datetime,
) -> Update:
    update = Update(incident=incident, status=status, message=message)
    update.full_clean()
    update.save()
    for component, declared in impacts.items():
        Impact.objects.update_or_create(
            incident=incident, component=component, defaults={"status": declared}
        )
    incident.status = status
    settle_resolution(incident, now=now)
    incident.save()
    return update


def settle_resolution(incident: Incident, *, now: datetime | None = None) -> None:
    """Make `resolved_at` agree with the state: set once on resolving, cleared on reopening."""
    if incident.status != IncidentState.RESOLVED:
        incident.resolved_at = None
    elif incident.resolved_at is None:
        incident.resolved_at = now or datetime.now(UTC)


def delete_incident(incident: Incident, *, actor: str = "") -> None:
    event = Event(
        kinds.INCIDENT_DELETED, {"incident_id": incident.pk}, subject_id=incident.pk, actor=actor
    )
    with transaction.atomic():
        incident.delete()
        record(event)


def event_for(kind: Kind, incident: Incident, message: str, *, actor: str = "") -> Event:
    return Event(
        kind,
        {
            "incident_id": incident.pk,
            "title": incident.title,
            "severity": incident.severity,
            "status": incident.status,
            "message": message,
            "component_ids": list(incident.impacts.values_list("component_id", flat=True)),
        },
        subject_id=incident.pk,
        actor=actor,
        hidden=not incident.published,
    )
