"""Brings what incidents declare into the declared layer of their components' history."""

from collections.abc import Collection

from components.history.declared import Spans, replace_incident_periods
from components.status import Status
from incidents.impact_history import Said, impact_periods
from incidents.models import Incident
from incidents.workflow import IncidentState


def refresh_incident_periods(incident_ids: Collection[int]) -> set[int]:
    """Write anew what these incidents declare; return the ids of components it changed for.

    Drafts declare nothing, nor do those that only the machine has spoken in: what they say was
    measured. Neither do incidents that are no more.
    """
    if not incident_ids:
        return set()
    wanted: dict[int, Spans] = {pk: {} for pk in incident_ids}
    rows = Incident.objects.filter(pk__in=incident_ids, published=True, machine_only=False)
    for incident in rows.prefetch_related("updates", "impacts"):
        wanted[incident.pk] = declared_by(incident)
    return replace_incident_periods(wanted)


def declared_by(incident: Incident) -> Spans:
    """Return what an incident declares, by component id."""
    return impact_periods(
        started_at=incident.started_at,
        resolved_at=incident.resolved_at,
        impacts={each.component_id: Status(each.status) for each in incident.impacts.all()},
        # They come newest first.
        updates=[
            Said(each.created_at, each.status == IncidentState.RESOLVED, each.declared())
            for each in reversed(incident.updates.all())
        ],
    )
