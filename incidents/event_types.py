"""Journal event types of incidents."""

from components.journal.event_types import SNAPSHOT, Moves, Topic, register

_DATA = (
    "{incident_id, reference, title, severity, status, message, component_ids, notify, update_id}, "
    "and fields if by an edit, after which component_ids may lack some that it named before; hold"
)

INCIDENT_CREATED = register(
    "incident.created",
    public=True,
    meaning=f"An incident was opened, or a draft of one published: {_DATA}.",
    moves=Moves.NAMED,
    live="status.incident_created",
    notifies=Topic.INCIDENTS,
)
INCIDENT_UPDATED = register(
    "incident.updated",
    public=True,
    meaning=f"An incident was updated: {_DATA}.",
    moves=Moves.NAMED,
    live="status.incident_updated",
    notifies=Topic.INCIDENTS,
)
INCIDENT_RESOLVED = register(
    "incident.resolved",
    public=True,
    meaning=f"An incident was resolved: {_DATA}.",
    moves=Moves.NAMED,
    live="status.incident_resolved",
    notifies=Topic.INCIDENTS,
)
# Of a correction of what was public viewers get the page anew; of a draft they hear nothing.
INCIDENT_EDITED = register(
    "incident.edited",
    public=True,
    meaning="An incident was corrected, without a notice, or its deletion was "
    "undone: {incident_id, fields}, and undoes.",
    live=SNAPSHOT,
)
INCIDENT_BACKFILLED = register(
    "incident.backfilled",
    public=True,
    meaning="An incident that was over long ago was written down, without a notice: "
    "{incident_id, reference}.",
    live=SNAPSHOT,
)
INCIDENT_WITHDRAWN = register(
    "incident.withdrawn",
    public=True,
    meaning="An incident that was public left the page; its recipients are notified, if notify: "
    "{incident_id, reference, title, severity, component_ids, notify, fields}, and undoes if "
    "it was undone before anybody was notified.",
    live="status.incident_withdrawn",
    notifies=Topic.INCIDENTS,
)
# Followed by an entry that shows viewers how the incident is now.
INCIDENT_UPDATE_WITHDRAWN = register(
    "incident.update_withdrawn",
    public=True,
    meaning="What was just published of an incident was undone before anybody was notified: "
    "{incident_id, reference, status, component_ids, undoes}.",
    live="status.incident_withdrawn",
)
INCIDENT_DELETED = register(
    "incident.deleted",
    public=True,
    meaning="An incident was deleted by staff; its recipients are notified, if notify: "
    "{incident_id, reference, title, severity, component_ids, notify}, and hold if it can be "
    "undone.",
    live=SNAPSHOT,
    notifies=Topic.INCIDENTS,
)
INCIDENT_NOTED = register(
    "incident.noted",
    public=False,
    meaning="Staff wrote a note for each other: {incident_id, note_id}.",
)
POSTMORTEM_CHANGED = register(
    "postmortem.changed", public=False, meaning="The draft of a post-mortem changed: {incident_id}."
)
POSTMORTEM_PUBLISHED = register(
    "postmortem.published",
    public=True,
    meaning="A post-mortem was published, or a published one edited: "
    "{incident_id, reference, title, message, component_ids, notify, permalink, hold}.",
    moves=Moves.NAMED,
    notifies=Topic.INCIDENTS,
)
TEMPLATE_CHANGED = register(
    "template.changed",
    public=False,
    meaning="A template of incidents was made or edited: {template_id, name}.",
    moves=Moves.NOTHING,
)
TEMPLATE_DELETED = register(
    "template.deleted",
    public=False,
    meaning="A template of incidents was deleted: {template_id, name}.",
    moves=Moves.NOTHING,
)
