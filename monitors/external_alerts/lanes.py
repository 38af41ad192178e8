"""The stored lanes of a monitor, and the state that follows from them.

Whoever changes them holds the lock of the monitor's check, so that messages which come at the same
time are applied one after the other.
"""

from collections.abc import Mapping
from typing import cast

from components.journal import Event
from components.status import Verdict
from monitors.config.parsing import parse_config
from monitors.models import AlertLane, Check, Monitor, Result
from monitors.models.heartbeat import FOR_GOOD
from monitors.probers.external import ExternalConfig
from monitors.rules.alert_lanes import Judgement, Lane
from monitors.rules.check_state import Transition
from monitors.services import state_changed_event


def config_of(monitor: Monitor) -> ExternalConfig:
    """Return a monitor's settings. Raises ValidationError."""
    return cast("ExternalConfig", parse_config(monitor.kind, monitor.config))


def locked_check(monitor_id: int) -> Check:
    """Return a monitor's check, with the monitor, locked.

    Raises Check.DoesNotExist when the monitor was deleted.
    """
    rows = Check.objects.select_related("monitor").select_for_update(of=("self",))
    return rows.get(monitor=monitor_id, region="global")


def load_lanes(monitor_id: int) -> dict[str, Lane]:
    """Return the lanes by their fingerprints."""
    return {row.fingerprint: row.lane for row in AlertLane.objects.filter(monitor=monitor_id)}


def store_lanes(monitor_id: int, *, before: Mapping[str, Lane], after: Mapping[str, Lane]) -> None:
    """Store what has changed of the lanes."""
    gone = before.keys() - after.keys()
    if gone:
        AlertLane.objects.filter(monitor=monitor_id, fingerprint__in=gone).delete()
    changed = [
        AlertLane(monitor_id=monitor_id, fingerprint=fingerprint, **AlertLane.values_of(lane))
        for fingerprint, lane in after.items()
        if before.get(fingerprint) != lane
    ]
    AlertLane.objects.bulk_create(
        changed,
        batch_size=100,
        update_conflicts=True,
        unique_fields=["monitor", "fingerprint"],
        update_fields=[
            "verdict", "reason", "opened_at", "heard_at", "started_at", "ends_at", "cleared_at",
        ],
    )  # fmt: skip


def settle(check: Check, judgement: Judgement, *, now: float, actor: str = "") -> list[Event]:
    """Give an active check its verdict; return the events to journal."""
    if check.due is None:
        return []  # paused: its lanes are kept up to date for when it is resumed
    verdict, reason = judgement.verdict, judgement.reason
    turned = check.verdict != verdict
    reworded = verdict is not Verdict.UNKNOWN and check.message != reason
    if turned:
        check.verdict, check.since = verdict, now
    check.message = reason
    check.due = FOR_GOOD if judgement.due is None else judgement.due
    if verdict is not Verdict.UNKNOWN:
        check.checked = now
        result = Result(
            check_id=check.pk, at_ms=round(now * 1000), word=verdict.value, late_ms=0,
            message=reason,
        )  # fmt: skip
        Result.objects.bulk_create([result], ignore_conflicts=True)
    check.save(update_fields=["verdict", "since", "message", "due", "checked"])
    if not turned and not reworded:
        return []
    transition = Transition(verdict, check.since)
    return [
        state_changed_event(check.monitor, check.region_id, transition, message=reason, actor=actor)
    ]
