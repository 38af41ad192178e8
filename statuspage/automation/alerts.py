"""The journal's reader that alerts operators: what automation decided, put into a message.

It contains internals, such as which check fails and how, and so only ever goes to channels that
staff made.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from components.journal import Event, consume
from components.journal.event_types import Topic, event_type
from components.models import Component, JournalEntry
from components.status import Status
from components.values.severity import Severity
from statuspage import event_types
from statuspage.automation import auto_incident_texts
from statuspage.automation.alert_facts import facts_of
from subscribers.alerting.service import StageChange, apply_stage_change
from subscribers.enums import AlertStage

READER = "alerts"
MAX_AGE = timedelta(days=1)
"""After a long absence no operator wants to be woken for yesterday's trouble."""
_STAGES = {
    event_types.ALERT_RAISED.name: AlertStage.RAISED,
    event_types.ALERT_MUTED.name: AlertStage.MUTED,
    event_types.ALERT_SUPPRESSED.name: AlertStage.SUPPRESSED,
    event_types.ALERT_RESOLVED.name: AlertStage.RESOLVED,
}


def run(*, now: datetime) -> None:
    """Queue what each channel is to be sent."""

    def handle(entries: Sequence[JournalEntry]) -> Sequence[Event]:
        for entry in entries:
            is_alert = event_type(entry.kind).notifies is Topic.ALERTS
            if is_alert and entry.at > now - MAX_AGE:
                apply_stage_change(_stage_change(entry))
        return ()

    consume(READER, handle)


def _stage_change(entry: JournalEntry) -> StageChange:
    data, stage = entry.data, _STAGES[entry.kind]
    component = Component.objects.filter(pk=data["component_id"]).first()
    status = Status(data["status"])
    severity = auto_incident_texts.severity(component, status) if component else Severity.MAJOR
    return StageChange(
        stage=stage,
        component_id=data["component_id"],
        name=data["name"],
        severity=severity,
        facts=facts_of(entry, component, severity=severity.value),
        at=entry.at,
        since=datetime.fromisoformat(data["since"]),
        key=f"journal-{entry.pk}",
        entry_id=entry.pk,
        reason=_reason(stage, data),
    )


def _reason(stage: AlertStage, data: dict[str, Any]) -> str:
    if stage is AlertStage.MUTED:
        return "muted by maintenance: " + ", ".join(str(each) for each in data.get("windows", ()))
    if stage is AlertStage.SUPPRESSED:
        return "caused by " + ", ".join(data.get("by", ()))
    return ""
