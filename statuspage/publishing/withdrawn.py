"""Whether an incident or window that is not shown was public once. What never was is not told
apart from what never existed."""

from django.db.models import Q

from components.models import JournalEntry
from incidents import event_types as incident_events
from incidents.models import Incident
from maintenance import event_types as window_events
from maintenance.models import Window

_DELETED = {
    "incident": incident_events.INCIDENT_DELETED.name,
    "maintenance": window_events.WINDOW_DELETED.name,
}


def was_public(folder: str, reference: str) -> bool:
    """Return whether the public could see what has this reference; `folder` is of its address."""
    subject = "incident" if folder == "incidents" else "maintenance"
    pk = _id_of(subject, reference)
    if pk is None:
        return False
    # By subject: there is an index for it. Incidents, windows and components may share a number.
    return JournalEntry.objects.filter(
        Q(kind__startswith=f"{subject}."), subject_id=pk, public=True
    ).exists()


def _id_of(subject: str, reference: str) -> int | None:
    rows = (Incident if subject == "incident" else Window).objects.filter(reference=reference)
    pk = rows.values_list("pk", flat=True).first()
    if pk is not None:
        return pk
    # Few are ever deleted, and they lie together in the index of kinds.
    gone = JournalEntry.objects.filter(kind=_DELETED[subject], data__reference=reference)
    return gone.values_list("subject_id", flat=True).first()


def references() -> frozenset[str]:
    """Return the references of everything that there is or was, public or not."""
    deleted = JournalEntry.objects.filter(kind__in=_DELETED.values())
    return frozenset(
        [
            *Incident.objects.values_list("reference", flat=True),
            *Window.objects.values_list("reference", flat=True),
            *deleted.values_list("data__reference", flat=True),
        ]
    )
