"""The state of monitors that are reported to: a judgement becomes the check's verdict.

Whoever judges holds the lock of the monitor's check, so that reports which come at the same time
are applied one after the other.
"""

from components.journal import Event
from components.status import Verdict
from monitors.models import Check, Result
from monitors.models.heartbeat import FOR_GOOD
from monitors.rules.check_state import Transition
from monitors.rules.judgement import Judgement
from monitors.services import state_changed_event


def locked_check(monitor_id: int) -> Check:
    """Return a monitor's check, with the monitor, locked.

    Raises Check.DoesNotExist when the monitor was deleted.
    """
    rows = Check.objects.select_related("monitor").select_for_update(of=("self",))
    return rows.get(monitor=monitor_id, region="global")


def settle(
    check: Check, judgement: Judgement, *, now: float, actor: str = "", note: str = ""
) -> list[Event]:
    """Give an active check its verdict; return the events to journal.

    `note` is what its result says where the judgement gives no reason.
    """
    if check.due is None:
        return []  # paused: what was reported is kept for when it is resumed
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
            message=reason or note,
        )  # fmt: skip
        Result.objects.bulk_create([result], ignore_conflicts=True)
    check.save(update_fields=["verdict", "since", "message", "due", "checked"])
    if not turned and not reworded:
        return []
    transition = Transition(verdict, check.since)
    return [
        state_changed_event(check.monitor, check.region_id, transition, message=reason, actor=actor)
    ]
