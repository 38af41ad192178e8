"""Undoing what was just published of an incident: the values that it replaced are stored again.

They are kept with its journal entry, which stays; the undoing is an entry of its own.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from components.journal import Event, undo
from components.journal.hold import UNDOES, hold_of
from components.journal.undo import read_values, reason_against, set_values
from components.models import Component, JournalEntry, set_history_actor
from components.optimistic_lock import ConflictError, bump_version
from incidents import event_types
from incidents.events import event_without_notice
from incidents.models import Impact, Incident, PostMortem, Update

_FIELDS = (
    "title", "severity", "status", "regions", "published", "machine_only", "started_at",
    "resolved_at",
)  # fmt: skip
_INSTANTS = ("started_at", "resolved_at")
_IMPACTS = "impacts"
UNPUBLISHED: Mapping[str, Any] = {"published": False}
"""Before it was public, an incident was a draft."""


def stored_values(incident: Incident) -> dict[str, Any]:
    """Return an incident's values as they are stored, as JSON; empty when there is none."""
    if not (values := read_values(incident, _FIELDS)):
        return {}
    impacts = Impact.objects.filter(incident=incident.pk).values_list("component_id", "status")
    return {**values, _IMPACTS: {str(pk): status for pk, status in impacts}}


def replaced_values(incident: Incident, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the values `before` that are others by now."""
    return undo.replaced_values(before, stored_values(incident)) if before else {}


def _restore(incident: Incident, before: Mapping[str, Any]) -> None:
    """Store former values again; what an incident affected and is no more stays away."""
    set_values(incident, before, _FIELDS, instants=_INSTANTS)
    incident.save()
    if _IMPACTS in before:
        statuses = before[_IMPACTS]
        incident.impacts.exclude(component__in=list(statuses)).delete()
        known = Component.objects.filter(pk__in=list(statuses)).values_list("pk", flat=True)
        for pk in known:
            Impact.objects.update_or_create(
                incident=incident, component_id=pk, defaults={"status": statuses[str(pk)]}
            )


def write_undo(entry: JournalEntry, *, actor: str = "") -> tuple[Event, ...]:
    """Take back what an entry published; the caller records the returned events, last.

    Raises ConflictError when what it is about was changed since, or is gone; must run in a
    transaction.
    """
    if entry.kind == event_types.POSTMORTEM_PUBLISHED.name:
        return (_unpublish_postmortem(entry, actor=actor),)
    return _undo_change(entry, actor=actor)


def _unpublish_postmortem(entry: JournalEntry, *, actor: str) -> Event:
    report = PostMortem.objects.filter(incident=entry.subject_id).first()
    if report is None:
        raise ConflictError("The post-mortem was deleted meanwhile.")
    bump_version(report)
    report.refresh_from_db()
    if reason := reason_against(entry, "postmortem.", but=event_types.INCIDENT_NOTED.name):
        raise ConflictError(reason)
    report.published_at = None
    set_history_actor(report, actor=actor)
    report.save()
    return event_without_notice(
        event_types.POSTMORTEM_CHANGED, report.incident, actor=actor, **{UNDOES: entry.pk}
    )


def _undo_change(entry: JournalEntry, *, actor: str) -> tuple[Event, ...]:
    """Take back an incident, or what was posted or changed of it.

    An incident that was not public before is a draft again, with its text; an update is removed.
    """
    incident = Incident.objects.filter(pk=entry.subject_id or 0).first()
    if incident is None:
        raise ConflictError("The incident was deleted meanwhile.")
    bump_version(incident)
    incident.refresh_from_db()
    if reason := reason_against(entry, "incident.", but=event_types.INCIDENT_NOTED.name):
        raise ConflictError(reason)
    was_public, hold = incident.published, hold_of(entry)
    components = set(incident.impacts.values_list("component_id", flat=True))
    set_history_actor(incident, actor=actor)
    Update.objects.filter(pk=hold.get("update_id", 0), incident=incident).delete()
    _restore(incident, hold["before"])
    components |= set(incident.impacts.values_list("component_id", flat=True))
    more: dict[str, Any] = {"component_ids": sorted(components), UNDOES: entry.pk}
    if was_public and not incident.published:
        withdrawn = event_without_notice(
            event_types.INCIDENT_WITHDRAWN, incident, actor=actor, title=incident.title,
            severity=incident.severity, notify=False, fields=["published"], **more,
        )  # fmt: skip
        return (replace(withdrawn, hidden=False),)
    corrected = event_without_notice(
        event_types.INCIDENT_EDITED, incident, actor=actor, fields=sorted(hold["before"]), **more
    )
    if not was_public:
        return (corrected,)
    taken_back = event_without_notice(
        event_types.INCIDENT_UPDATE_WITHDRAWN, incident, actor=actor, status=incident.status, **more
    )
    # Viewers who drop what is withdrawn get it again, as it is now.
    return taken_back, corrected
