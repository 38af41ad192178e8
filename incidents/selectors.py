"""Queries on incidents. Drafts are never among the results, unless the name says so."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max, Q, QuerySet

from incidents.models import Impact, Incident


def public_incidents(*, resolved_since: datetime, newest: int) -> QuerySet[Incident]:
    """Return published incidents that are open, were resolved at or after `resolved_since`, or are
    among the `newest` of all."""
    latest = Incident.objects.filter(published=True).order_by("-started_at", "-id")
    kept = Q(resolved_at=None) | Q(resolved_at__gte=resolved_since)
    return published().filter(kept | Q(pk__in=latest.values("pk")[:newest]))


def published() -> QuerySet[Incident]:
    """Return all published incidents, newest first, with their updates and impacts."""
    return (
        Incident.objects.filter(published=True)
        .select_related("postmortem")
        .prefetch_related("updates", "impacts")
        .order_by("-started_at", "-id")
    )


def last_incidents() -> dict[int, datetime]:
    """Return when each component's newest published incident began, in one query."""
    rows = Impact.objects.filter(incident__published=True)
    return dict(
        rows.order_by().values_list("component").annotate(began=Max("incident__started_at"))
    )


def declarations() -> list[Impact]:
    """Return the statuses that open, published incidents declare for components.

    Not those that only the machine has spoken in: what they say is what the monitors say, which
    speak for themselves, and say sooner that all is well again.
    """
    return list(
        Impact.objects.filter(
            incident__resolved_at=None, incident__published=True, incident__machine_only=False
        )
        .select_related("incident")
        .order_by("incident__started_at")
    )


def open_incidents_of(component_ids: Iterable[int]) -> dict[int, list[Incident]]:
    """Return open incidents, drafts included, by component id, newest first."""
    found: dict[int, list[Incident]] = {}
    rows = (
        Impact.objects.filter(incident__resolved_at=None, component__in=list(component_ids))
        .select_related("incident")
        .order_by("-incident__started_at", "-incident_id")
    )
    for impact in rows:
        found.setdefault(impact.component_id, []).append(impact.incident)
    return found
