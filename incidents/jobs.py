"""Periodic job on incidents: drafts whose time has come. The clock is an argument."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from incidents.models import Incident
from incidents.services import publish_incident

ACTOR = "publish at"


def publish_due_incidents(*, now: datetime) -> int:
    """Publish the drafts whose time has come, each once; return how many."""
    return sum(_publish(pk, now=now) for pk in _due(now).values_list("pk", flat=True))


def _due(now: datetime) -> QuerySet[Incident]:
    return Incident.objects.filter(published=False, publish_at__lte=now)


def _publish(pk: int, *, now: datetime) -> bool:
    with transaction.atomic():
        # Of two that find it, one takes the time away; whoever moved it meanwhile is heeded.
        if not _due(now).filter(pk=pk).update(publish_at=None):
            return False
        publish_incident(Incident.objects.get(pk=pk), actor=ACTOR)
    return True
