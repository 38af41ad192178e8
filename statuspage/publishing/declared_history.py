"""Brings what incidents and windows declare into the declared layer of components' history."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from components.history.declared import Spans, replace_periods
from components.models import JournalEntry
from components.status import Status
from components.uptime.layers import Source
from components.uptime.periods import Period
from incidents.impact_history import Said, impact_periods
from incidents.models import Incident
from incidents.workflow import IncidentState
from maintenance.lifecycle import WindowState
from maintenance.models import Window

LATE = timedelta(seconds=10)
"""Who learns of a window's start within this did so in time: beat looks each second."""
_AT_WORK = (WindowState.IN_PROGRESS.value, WindowState.COMPLETED.value)


def refresh_incident_periods(incident_ids: Collection[int]) -> set[int]:
    """Write anew what these incidents declare; return the ids of components it changed for.

    Drafts declare nothing, nor do those that only the machine has spoken in: what they say was
    measured. Neither do incidents that are no more.
    """
    if not incident_ids:
        return set()
    wanted: dict[int, Spans] = {pk: {} for pk in incident_ids}
    rows = Incident.objects.filter(pk__in=incident_ids, published=True, machine_only=False)
    for incident in rows.prefetch_related("updates", "impacts"):
        wanted[incident.pk] = declared_by(incident)
    return replace_periods(Source.INCIDENT, wanted)


def declared_by(incident: Incident) -> Spans:
    """Return what an incident declares, by component id."""
    return impact_periods(
        started_at=incident.started_at,
        resolved_at=incident.resolved_at,
        impacts={each.component_id: Status(each.status) for each in incident.impacts.all()},
        # They come newest first.
        updates=[
            Said(each.created_at, each.status == IncidentState.RESOLVED, each.declared())
            for each in reversed(incident.updates.all())
        ],
    )


def refresh_window_periods(window_ids: Collection[int]) -> set[int]:
    """Write anew what these windows declare; return the ids of components it changed for.

    A window that was entered when it had begun, or was over, was measured from then on only: what
    lies before is declared. Drafts and cancelled windows declare nothing.
    """
    if not window_ids:
        return set()
    wanted: dict[int, Spans] = {pk: {} for pk in window_ids}
    windows = list(
        Window.objects.filter(pk__in=window_ids, state__in=_AT_WORK).prefetch_related("components")
    )
    known_at = _known_at(windows)
    for window in windows:
        over = window.closed_at or window.ends_at
        end = min(window.ends_at, over, known_at[window.pk])
        if end - window.starts_at >= LATE:
            period = Period(Status.MAINTENANCE, window.starts_at, end)
            wanted[window.pk] = {each.pk: [period] for each in window.components.all()}
    return replace_periods(Source.WINDOW, wanted)


def _known_at(windows: Iterable[Window]) -> dict[int, datetime]:
    """Return since when each window has been known to be at work, or to be over."""
    found = {each.pk: each.created_at for each in windows}
    entries = JournalEntry.objects.filter(
        subject_id__in=list(found), kind__startswith="maintenance.", data__state__in=_AT_WORK
    )
    # The earliest entry of each counts: it comes last.
    rows = entries.order_by("-pk").values_list("subject_id", "at")
    return found | {pk: at for pk, at in rows if pk is not None}
