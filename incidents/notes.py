"""What is written beside an incident's updates: corrections of their texts, and notes for staff."""

from django.db import transaction

from components.journal import record
from components.models import signed
from components.optimistic_lock import bump_version
from incidents import event_types
from incidents.events import about
from incidents.models import Incident, Note, Update


def edit_update(update: Update, *, message: str, actor: str = "") -> Update:
    """Correct a published text; the old one stays in the history. Nobody is notified."""
    with transaction.atomic():
        bump_version(update.incident)
        _take_from_machine(update.incident)
        update.message = message
        update.clean_fields(exclude={"incident"})
        signed(update, actor=actor)
        update.save()
        record(
            about(event_types.INCIDENT_EDITED, update.incident, actor=actor, fields=["message"],
                  update_id=update.pk)
        )  # fmt: skip
    return update


def add_note(incident: Incident, *, text: str, actor: str = "") -> Note:
    """Write something down for colleagues: never told in public, its text never journalled."""
    note = Note(incident=incident, text=text, author=actor)
    note.clean_fields(exclude={"incident"})
    with transaction.atomic():
        # No new version of the incident: a note overwrites nobody's words.
        _take_from_machine(incident)
        note.save()
        record(about(event_types.INCIDENT_NOTED, incident, actor=actor, note_id=note.pk))
    return note


def _take_from_machine(incident: Incident) -> None:
    Incident.objects.filter(pk=incident.pk).update(machine_only=False)
    incident.machine_only = False
