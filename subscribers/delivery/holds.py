"""Holds on deliveries: what might be sent a second time waits for a person's decision.

A store that was restored from a backup does not know what was sent since. What waits in it may
have been sent long ago, and what time makes anew (a window that begins, say) may as well. So all
that is for subscribers waits for a person's yes. Operators' alerts of what is found now go out,
for the person who restores must know of them; so does whatever is requested now, and mail about
people's own accounts.
"""

from datetime import datetime

from django.db import transaction

from components.journal import Event, record
from subscribers import event_types
from subscribers.enums import Kind, State
from subscribers.models import Delivery, Hold

WHY = "held until somebody says so"
_MOVED = "this store was moved to "


def active_hold() -> Hold | None:
    return Hold.objects.filter(ended_at=None).first()


def must_hold(hold: Hold | None, *, kind: str, at: datetime) -> bool:
    """Return whether a notice of that kind, created then, has to wait."""
    if hold is None:
        return False
    return at < hold.since or kind not in (Kind.SERVICE, Kind.ALERTS, Kind.ACCOUNT)


def begin_hold(reason: str, *, now: datetime, actor: str = "") -> Hold:
    """Hold all deliveries to subscribers; return the hold, or the one there is already."""
    with transaction.atomic():
        active = active_hold()
        if active is not None:
            return active
        hold = Hold.objects.create(since=now, reason=reason[:200])
        # What a sender has leased is under way; what a dead one had leased is not.
        count_held = Delivery.objects.filter(due__isnull=False)
        count_held.update(state=State.HELD, due=None, reason=WHY, lease="", leased_until=0)
        record(Event(event_types.DELIVERIES_HELD, {"reason": hold.reason}, actor=actor), at=now)
    return hold


def begin_hold_of_moved(target: str, *, now: datetime, actor: str) -> None:
    """Hold all deliveries of a store that was moved to another database, named in words."""
    reason = f"{_MOVED}{target}"[:200]
    with transaction.atomic():
        begin_hold(reason, now=now, actor=actor)
        Hold.objects.filter(ended_at=None).update(reason=reason)


def moved_to() -> str:
    """Return the database that this store was moved to; '' if it was not, or is in use again."""
    hold = active_hold()
    if hold is None or not hold.reason.startswith(_MOVED):
        return ""
    return hold.reason.removeprefix(_MOVED)


def end_hold(*, send: bool, now: datetime, by: str) -> int | None:
    """Send what waits, or discard it; return how many there were, None without a hold."""
    with transaction.atomic():
        ended = Hold.objects.filter(ended_at=None).update(
            ended_at=now, ended_by=by[:150], released=send
        )
        if not ended:
            return None
        held = Delivery.objects.filter(state=State.HELD)
        if send:
            # The day for trying begins anew.
            count = held.update(
                state=State.QUEUED, due=now.timestamp(), reason="", created_at=now, attempts=0,
                faults=0,
            )  # fmt: skip
        else:
            count = held.update(state=State.SUPPRESSED, reason="discarded", ended_at=now)
        data = {"sent": send, "count": count}
        record(Event(event_types.DELIVERIES_RELEASED, data, actor=by), at=now)
    return count


def count_held() -> int:
    return Delivery.objects.filter(state=State.HELD).count()
