"""Journal events of incidents: enough for streams, notices and feeds to repeat them."""

from collections.abc import Iterable
from dataclasses import replace

from components.journal import Event
from components.journal.event_types import EventType
from incidents import event_types
from incidents.models import Incident, PostMortem, Update
from incidents.workflow import IncidentState


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


def change_event_type(incident: Incident, before: tuple[str, bool]) -> EventType:
    """Return the event type of a change from a former state, and whether it was published."""
    status, published = before
    if incident.published and not published:
        return event_types.INCIDENT_CREATED
    resolved = incident.status == IncidentState.RESOLVED and status != IncidentState.RESOLVED
    return event_types.INCIDENT_RESOLVED if resolved else event_types.INCIDENT_UPDATED


def opened_event(incident: Incident, *, actor: str = "") -> Event:
    """Return the event of a new incident, once its first update is written."""
    update = incident.updates.first()
    return incident_event(
        event_types.INCIDENT_CREATED,
        incident,
        update=update,
        notify=update is None or update.notify,
        actor=actor,
        component_ids=incident.impacts.values_list("component_id", flat=True),
    )


def backfilled_event(incident: Incident, *, actor: str = "") -> Event:
    """Return the event of one that was over when it was written down; no notice is sent."""
    return event_without_notice(event_types.INCIDENT_BACKFILLED, incident, actor=actor)


def edited_event(
    incident: Incident,
    *,
    before: tuple[str, bool],
    fields: Iterable[str],
    notify: bool = True,
    actor: str,
) -> Event:
    """Return the event of an edit, given the former state and whether it was published."""
    status, published = before
    if published and not incident.published:
        # It leaves the page: that alone is public, once more.
        event = withdrawal(
            event_types.INCIDENT_WITHDRAWN, incident, notify=notify, actor=actor,
            fields=["published"],
        )  # fmt: skip
        return replace(event, hidden=False)
    if status == incident.status and published == incident.published:
        return event_without_notice(
            event_types.INCIDENT_EDITED, incident, actor=actor, fields=sorted(fields)
        )
    event = incident_event(
        change_event_type(incident, before),
        incident,
        update=incident.updates.first(),
        component_ids=incident.impacts.values_list("component_id", flat=True),
        # Publishing a draft is news for everybody; another state only for those who were told of
        # the incident, lest they wait for an end that was written down as a correction.
        notify=notify and incident.published,
        actor=actor,
    )
    told = {"told_only": True, "message": ""} if published else {}
    return replace(event, data={**event.data, "fields": sorted(fields), **told})
