"""Recalling a notice before any copy of it has left: all of it, or nothing.

Both the fan-out and a sender's lease change rows that a recall changes too, each by a conditional
UPDATE: whoever is second sees what the first one did. So a copy that a sender has leased is never
recalled, and a recalled copy is never leased.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from subscribers.delivery.holds import WHY as HELD_WHY
from subscribers.delivery.holds import active_hold, must_hold
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind, State
from subscribers.models import Delivery, Notice

WHY = "undone before it was sent"
_WAITING = (State.QUEUED, State.HELD)
"""The states of a copy that has not left; with attempts it was tried."""
_LEFT = (State.SENDING, State.SENT, State.RETRYING, State.FAILED, State.BOUNCED)


class AlreadySentError(Exception):
    """Copies have left, or are leaving: it cannot be recalled. The number is of these."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} have left")
        self.count = count


def recall_entry(entry_id: int, *, kind: Kind, at: datetime) -> None:
    """Recall the notice of a journal entry. Raises AlreadySentError; must run in a transaction.

    A notice that was not made yet will not be sent when it is.
    """
    if not withhold_entry(entry_id, kind=kind, at=at):
        recall(Notice.objects.get(key=f"journal-{entry_id}"), at=at)


def withhold_entry(entry_id: int, *, kind: Kind, at: datetime) -> bool:
    """See to it that no notice of a journal entry is ever made; return False if there is one.

    From here to the commit another process that asks the same waits.
    """
    _, is_new = Notice.objects.get_or_create(
        key=f"journal-{entry_id}",
        defaults={
            "entry_id": entry_id,
            "kind": kind.value,
            "facts": {},
            "audience": Audience(kind).as_json(),
            "created_at": at,
            "fanned_out_at": at,
            "recalled_at": at,
        },
    )
    return is_new


def recall(notice: Notice, *, at: datetime) -> None:
    """Recall a notice. Raises AlreadySentError; must run in a transaction."""
    # From here to the commit there is no fan-out of it.
    Notice.objects.filter(pk=notice.pk).update(recalled_at=at)
    Notice.objects.filter(pk=notice.pk, fanned_out_at=None).update(fanned_out_at=at)
    _waiting_copies(notice).update(
        state=State.SUPPRESSED, due=None, reason=WHY, ended_at=at, lease="", leased_until=0
    )
    _check_none_left([notice])


def prolong(notices: Iterable[Notice], *, by: timedelta) -> None:
    """Let copies of notices wait longer. Raises AlreadySentError; must run in a transaction."""
    for notice in notices:
        until = (notice.due_at or notice.created_at) + by
        Notice.objects.filter(pk=notice.pk).update(due_at=until)
        _waiting_copies(notice).filter(state=State.QUEUED).update(due=until.timestamp())
        _check_none_left([notice])


def _waiting_copies(notice: Notice) -> QuerySet[Delivery]:
    return Delivery.objects.filter(notice=notice, state__in=_WAITING, attempts=0)


def _check_none_left(notices: Iterable[Notice]) -> None:
    left = Delivery.objects.filter(notice__in=notices, state__in=_LEFT).count()
    if left:
        raise AlreadySentError(left)


def held_notices(*, thread: str, at: datetime) -> QuerySet[Notice]:
    """Return the notices of an event that may not leave yet, the newest first; with the thread ''
    those of changes of status."""
    rows = Notice.objects.filter(thread=thread, due_at__gt=at, recalled_at=None)
    return (rows if thread else rows.filter(kind=Kind.STATUS)).order_by("-id")


def try_recall(notice: Notice, *, at: datetime) -> bool:
    """Recall a notice, if none of its copies has left; return whether it was."""
    try:
        with transaction.atomic():
            recall(notice, at=at)
    except AlreadySentError:
        return False
    return True


def reinstate(thread: str, *, recalled_at: datetime) -> None:
    """Let notices of an event wait again that were recalled at that instant, for what recalled
    them was undone. Must run in a transaction."""
    hold = active_hold()
    for notice in Notice.objects.filter(thread=thread, recalled_at=recalled_at).exclude(thread=""):
        rows = Notice.objects.filter(pk=notice.pk)
        # What was recalled before its fan-out has none of its copies yet.
        rows.filter(fanned_out_at=recalled_at).update(fanned_out_at=None)
        rows.update(recalled_at=None)
        waits = must_hold(hold, kind=notice.kind, at=notice.created_at)
        Delivery.objects.filter(
            notice=notice, state=State.SUPPRESSED, reason=WHY, ended_at=recalled_at
        ).update(
            state=State.HELD if waits else State.QUEUED,
            due=None if waits else (notice.due_at or notice.created_at).timestamp(),
            reason=HELD_WHY if waits else "", ended_at=None,
        )  # fmt: skip


def release(thread: str, *, at: datetime) -> None:
    """Let what waits of an event go at `at`, in order, for something later is not to wait."""
    for notice in held_notices(thread=thread, at=at):
        Notice.objects.filter(pk=notice.pk).update(due_at=at)
        _waiting_copies(notice).filter(due__gt=at.timestamp()).update(due=at.timestamp())
