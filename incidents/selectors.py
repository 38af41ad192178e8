"""What others may know of incidents. Drafts are never among it."""

from datetime import datetime

from django.db.models import Q, QuerySet

from incidents.models import Impact, Incident


def public_incidents(*, resolved_since: datetime) -> QuerySet[Incident]:
    """Published incidents that are open or were resolved at or after `resolved_since`."""
    return (
        Incident.objects.filter(published=True)
        .filter(Q(resolved_at=None) | Q(resolved_at__gte=resolved_since))
        .prefetch_related("updates", "impacts")
        .order_by("-started_at", "-id")
    )


def declarations() -> list[Impact]:
    """What open, published incidents declare of components."""
    return list(
        Impact.objects.filter(incident__resolved_at=None, incident__published=True)
        .select_related("incident")
        .order_by("incident__started_at")
    )
