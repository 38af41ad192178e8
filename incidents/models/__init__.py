"""Models: incidents with their updates, notes of staff, post-mortems, templates."""

from incidents.models.incident import Impact, Incident, Note, Update
from incidents.models.postmortem import PostMortem
from incidents.models.template import IncidentTemplate

__all__ = [
    "Impact",
    "Incident",
    "IncidentTemplate",
    "Note",
    "PostMortem",
    "Update",
]
