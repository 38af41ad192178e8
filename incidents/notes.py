"""Services beside an incident's updates: corrections of their texts, and notes for staff."""

from collections.abc import Mapping

from django.db import transaction

from components.journal import record
from components.models import set_history_actor
from components.optimistic_lock import bump_version
from incidents import event_types
from incidents.events import event_without_notice
from incidents.models import Incident, Note, Update


def edit_update(
    update: Update,
    *,
    message: str | None = None,
    messages: Mapping[str, str] | None = None,
    seen_version: int | None = None,
    actor: str = "",
) -> Update:
    """Correct a published text, or its translations by their tags; None leaves what there is.

    The old ones stay in the history. No notice is sent. Raises ValidationError, and ConflictError
    when `seen_version` is not the incident's stored one any more.
    """
    with transaction.atomic():
        bump_version(update.incident, expected=seen_version)
        _mark_touched_by_person(update.incident)
        given = {"message": message, "messages": None if messages is None else dict(messages)}
        changes = {name: value for name, value in given.items() if value is not None}
        for name, value in changes.items():
            setattr(update, name, value)
        update.clean_fields(exclude={"incident"})
        set_history_actor(update, actor=actor)
        update.save()
        record(
            event_without_notice(
                event_types.INCIDENT_EDITED,
                update.incident,
                actor=actor,
                fields=sorted(changes),
                update_id=update.pk,
            )
        )
    return update


def add_note(incident: Incident, *, text: str, actor: str = "") -> Note:
    """Add a note for colleagues: never public, its text never journalled."""
    note = Note(incident=incident, text=text, author=actor)
    note.clean_fields(exclude={"incident"})
    with transaction.atomic():
        # No new version of the incident: a note overwrites nobody's words.
        _mark_touched_by_person(incident)
        note.save()
        record(
            event_without_notice(event_types.INCIDENT_NOTED, incident, actor=actor, note_id=note.pk)
        )
    return note


def _mark_touched_by_person(incident: Incident) -> None:
    Incident.objects.filter(pk=incident.pk).update(machine_only=False)
    incident.machine_only = False
