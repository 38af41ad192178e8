"""Journal events of incidents: enough for streams, notices and feeds to repeat them."""

from collections.abc import Iterable

from components.journal import Event
from components.journal.event_types import EventType
from incidents import event_types
from incidents.models import Incident, PostMortem, Update


def incident_event(
    kind: EventType,
    incident: Incident,
    *,
    update: Update | None,
    component_ids: Iterable[int],
    notify: bool,
    actor: str,
) -> Event:
    """Return the event of an incident's new state; `notify` says whether subscribers get it."""
    return Event(
        kind,
        {
            "incident_id": incident.pk,
            "reference": incident.reference,
            "title": incident.title,
            "severity": incident.severity,
            "status": incident.status,
            "message": update.message if update else "",
            "component_ids": sorted(component_ids),
            "regions": incident.regions,
            "notify": notify,
            "update_id": update.pk if update else None,
        },
        subject_id=incident.pk,
        actor=actor,
        hidden=not incident.published,
    )


def event_without_notice(
    kind: EventType, incident: Incident, *, actor: str, **data: object
) -> Event:
    """Return an event of an incident that is never sent to subscribers."""
    return Event(
        kind,
        {"incident_id": incident.pk, "reference": incident.reference, **data},
        subject_id=incident.pk,
        actor=actor,
        hidden=not incident.published,
    )


def withdrawal(
    kind: EventType, incident: Incident, *, notify: bool, actor: str, **data: object
) -> Event:
    """Return the event of an incident that is withdrawn or deleted, written before it is gone.

    It is sent only to those who were told of the incident, and only while it is open: what is over
    needs no calling off.
    """
    return event_without_notice(
        kind,
        incident,
        actor=actor,
        title=incident.title,
        severity=incident.severity,
        component_ids=sorted(incident.impacts.values_list("component_id", flat=True)),
        notify=notify and incident.resolved_at is None,
        **data,
    )


def permalink(incident: Incident) -> str:
    """Return the path of the incident's public page."""
    return f"/status/incidents/{incident.reference}"


def postmortem_event(report: PostMortem, *, notify: bool, actor: str) -> Event:
    """Return the event of a post-mortem that was published, or edited since."""
    incident = report.incident
    return event_without_notice(
        event_types.POSTMORTEM_PUBLISHED,
        incident,
        actor=actor,
        title=incident.title,
        message=report.impact,
        component_ids=sorted(incident.impacts.values_list("component_id", flat=True)),
        notify=notify,
        permalink=f"{permalink(incident)}/postmortem",
    )
