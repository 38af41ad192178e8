"""The journal kinds of this app."""

from components.kinds import declare

INCIDENT_CREATED = declare(
    "incident.created",
    public=True,
    meaning="An incident was opened: {incident_id, title, severity, status, component_ids}.",
)
INCIDENT_UPDATED = declare(
    "incident.updated", public=True, meaning="An incident was updated: {status, message}."
)
INCIDENT_RESOLVED = declare("incident.resolved", public=True, meaning="An incident was resolved.")
INCIDENT_DELETED = declare(
    "incident.deleted", public=False, meaning="An incident was deleted by staff."
)
