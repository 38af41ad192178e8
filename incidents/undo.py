"""Undoing what was just published or deleted of an incident: what it replaced is stored again.

That is kept with its journal entry, which stays; the undoing is an entry of its own.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from components.journal import Event
from components.journal.deleted_rows import restore_rows
from components.journal.hold import UNDOES, hold_of
from components.journal.undo import (
    FormerValues,
    RelatedValues,
    check_unchanged,
    lock_unchanged,
)
from components.models import Component, JournalEntry, set_history_actor
from components.optimistic_lock import ConflictError, bump_version
from incidents import event_types
from incidents.events import event_without_notice
from incidents.models import Impact, Incident, PostMortem, Update

UNPUBLISHED: Mapping[str, Any] = {"published": False}
"""Before it was public, an incident was a draft."""
_NO_CHANGE = event_types.INCIDENT_NOTED.name


def _read_impacts(incident: Incident) -> dict[str, str]:
    impacts = Impact.objects.filter(incident=incident.pk).values_list("component_id", "status")
    return {str(pk): status for pk, status in impacts}


def _restore_impacts(incident: Incident, statuses: Mapping[str, str]) -> None:
    incident.impacts.exclude(component__in=list(statuses)).delete()
    known = Component.objects.filter(pk__in=list(statuses)).values_list("pk", flat=True)
    for pk in known:
        Impact.objects.update_or_create(
            incident=incident, component_id=pk, defaults={"status": statuses[str(pk)]}
        )


INCIDENT_VALUES: FormerValues[Incident] = FormerValues(
    ("title", "titles", "severity", "status", "regions", "published", "publish_at",
     "machine_only", "started_at", "resolved_at"),
    {"impacts": RelatedValues(_read_impacts, _restore_impacts)},
)  # fmt: skip


def write_undo(entry: JournalEntry, *, actor: str = "") -> tuple[Event, ...]:
    """Take back what an entry published; the caller records the returned events, last.

    Raises ConflictError when what it is about was changed since, or is gone; must run in a
    transaction.
    """
    if entry.kind == event_types.POSTMORTEM_PUBLISHED.name:
        return (_unpublish_postmortem(entry, actor=actor),)
    if entry.kind == event_types.INCIDENT_DELETED.name:
        return (_undo_deletion(entry, actor=actor),)
    return _undo_change(entry, actor=actor)


def _unpublish_postmortem(entry: JournalEntry, *, actor: str) -> Event:
    report = lock_unchanged(
        PostMortem.objects.filter(incident=entry.subject_id).first(), entry,
        gone="The post-mortem was deleted meanwhile.", kinds="postmortem.", but=_NO_CHANGE,
    )  # fmt: skip
    report.published_at = None
    set_history_actor(report, actor=actor)
    report.save()
    return event_without_notice(
        event_types.POSTMORTEM_CHANGED, report.incident, actor=actor, **{UNDOES: entry.pk}
    )


def _undo_deletion(entry: JournalEntry, *, actor: str) -> Event:
    """Bring a deleted incident back, with its updates, notes and post-mortem."""
    check_unchanged(entry, "incident.", but=_NO_CHANGE)
    incident = restore_rows(hold_of(entry)["before"]["deleted"])
    if not isinstance(incident, Incident):
        raise ConflictError("This is no deletion of an incident.")
    bump_version(incident)
    _stay_draft(incident)
    components = incident.impacts.values_list("component_id", flat=True)
    return event_without_notice(
        event_types.INCIDENT_EDITED, incident, actor=actor, fields=[],
        component_ids=sorted(components), **{UNDOES: entry.pk},
    )  # fmt: skip


def _stay_draft(incident: Incident) -> None:
    """Take away a time to be published that has passed: what is undone is not published at once."""
    rows = Incident.objects.filter(pk=incident.pk, publish_at__lte=datetime.now(UTC))
    rows.update(publish_at=None)


def _undo_change(entry: JournalEntry, *, actor: str) -> tuple[Event, ...]:
    """Take back an incident, or what was posted or changed of it.

    An incident that was not public before is a draft again, with its text; an update is removed.
    """
    incident = lock_unchanged(
        Incident.objects.filter(pk=entry.subject_id or 0).first(), entry,
        gone="The incident was deleted meanwhile.", kinds="incident.", but=_NO_CHANGE,
    )  # fmt: skip
    was_public, hold = incident.published, hold_of(entry)
    components = set(incident.impacts.values_list("component_id", flat=True))
    set_history_actor(incident, actor=actor)
    Update.objects.filter(pk=hold.get("update_id", 0), incident=incident).delete()
    INCIDENT_VALUES.restore(incident, hold["before"])
    _stay_draft(incident)
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
