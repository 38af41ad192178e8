"""Services of incident templates: creating, changing and deleting them."""

from django.db import transaction

from components.journal import Event, record
from incidents import event_types
from incidents.models import IncidentTemplate


def save_template(row: IncidentTemplate, *, actor: str = "") -> IncidentTemplate:
    """Create or change a template. Raises ValidationError naming the field."""
    row.full_clean()
    with transaction.atomic():
        row.save()
        record(template_changed(row, actor=actor))
    return row


def template_changed(row: IncidentTemplate, *, actor: str = "") -> Event:
    """Return the event of a created or changed template."""
    data = {"template_id": row.pk, "name": row.name}
    return Event(event_types.TEMPLATE_CHANGED, data, subject_id=row.pk, actor=actor)


def delete_template(row: IncidentTemplate, *, actor: str = "") -> None:
    """Delete a template; incidents that were opened with it stay as they are."""
    data = {"template_id": row.pk, "name": row.name}
    event = Event(event_types.TEMPLATE_DELETED, data, subject_id=row.pk, actor=actor)
    with transaction.atomic():
        row.delete()
        record(event)
