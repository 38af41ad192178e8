"""Queries on incidents. Drafts are never among the results, unless the name says so."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Max, Q, QuerySet

from components.database.prepared_rows import PreparedRows
from incidents.models import Impact, Incident

_last_incidents = PreparedRows(
    lambda: (
        Impact.objects.filter(incident__published=True)
        .order_by()
        .values_list("component")
        .annotate(began=Max("incident__started_at"))
    )
)
_declarations = PreparedRows(
    lambda: (
        Impact.objects.filter(
            incident__resolved_at=None, incident__published=True, incident__machine_only=False
        )
        .order_by("incident__started_at")
        .values_list("component_id", "incident__title", "status")
    )
)


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
    return dict(_last_incidents())


class Declared(NamedTuple):
    """What an incident declares of one component."""

    component_id: int
    incident_title: str
    status: str


def declarations() -> list[Declared]:
    """Return the statuses that open, published incidents declare for components.

    Not those that only the machine has spoken in: what they say is what the monitors say, which
    speak for themselves, and say sooner that all is well again.
    """
    return [Declared(*row) for row in _declarations()]


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
