"""Monitors whose state a person sets: it holds until another is set."""

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import record
from components.status import Verdict
from monitors.models import Check, Monitor, Result
from monitors.rules.check_state import Transition
from monitors.services import state_changed_event

STATES = (Verdict.UP, Verdict.DEGRADED, Verdict.DOWN)
MAX_MESSAGE_LENGTH = 300


def set_state(
    monitor: Monitor, *, state: Verdict, message: str = "", actor: str = "", now: float
) -> bool:
    """Set the state of a monitor from now on; return False when it had it, in the same words.

    Raises ValidationError naming the field.
    """
    if not monitor.by_hand:
        raise ValidationError({"kind": "Only a manual monitor can be set to a state."})
    if state not in STATES:
        raise ValidationError({"state": f"Write one of {', '.join(STATES)}."})
    if len(message) > MAX_MESSAGE_LENGTH:
        raise ValidationError({"message": f"Write at most {MAX_MESSAGE_LENGTH} characters."})
    with transaction.atomic():
        check = Check.objects.select_for_update().get(monitor=monitor, region="global")
        if check.due is None:
            raise ValidationError({"enabled": "The monitor is paused. Resume it first."})
        changed = (check.verdict, check.message) != (state, message)
        if check.verdict != state:
            check.verdict, check.since = state, now
        check.checked, check.message = now, message
        check.save(update_fields=["verdict", "since", "checked", "message"])
        Result.objects.bulk_create(
            [Result(check_id=check.pk, at_ms=round(now * 1000), word=state.value, late_ms=0,
                    message=message)],
            ignore_conflicts=True,
        )  # fmt: skip
        if changed:
            record(
                state_changed_event(
                    monitor, check.region_id, Transition(state, check.since), message=message,
                    actor=actor,
                )
            )  # fmt: skip
    return changed
