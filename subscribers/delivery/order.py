"""The order of an event's messages at one recipient, and who was told of an event.

A recipient gets the messages of one event in the order in which it happened: a later one waits for
an earlier one that is still being tried, for an hour at most. Then the newest goes, which says how
things stand and for how many earlier ones it stands; those become `superseded`. So an endpoint
that was away is not told "new" after "resolved".

Changes of status are one sequence as well; there the newest message takes over the changes that the
superseded ones would have told.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from subscribers.enums import TOLD_STATES, Kind, State
from subscribers.message import Change, Facts, status_headline
from subscribers.models import Delivery, Notice

MAX_WAIT_SECONDS = 3600.0
"""How long a message waits for an earlier one of the same event."""
MAX_AT_ONCE = 500
_WAITING_STATES = (State.QUEUED, State.RETRYING, State.SENDING)


def told(thread: str) -> QuerySet[Delivery]:
    """Return the deliveries of an event by which recipients were told of it, or are being told."""
    if not thread:
        return Delivery.objects.none()
    return Delivery.objects.filter(notice__thread=thread, state__in=TOLD_STATES)


def blocked() -> Q:
    """Return the filter for deliveries that wait for an earlier one."""
    earlier = Delivery.objects.filter(pk=OuterRef("waits_for"), due__isnull=False)
    return Q(Q(waits_for__isnull=False), Exists(earlier))


def pending_before(
    notice: Notice, *, subscribers: Collection[int] = (), channels: Collection[int] = ()
) -> dict[int, int]:
    """Return each recipient's newest delivery of the same sequence that has not ended, by id of
    the subscriber or of the channel."""
    sequence = _sequence(notice)
    if sequence is None or not (subscribers or channels):
        return {}
    name, ids = ("subscriber", subscribers) if subscribers else ("alert_channel", channels)
    rows = Delivery.objects.filter(sequence, **{f"{name}__in": list(ids)}).order_by("id")
    if not notice.thread:
        # Changes of other components do not wait while one can still be undone.
        rows = rows.exclude(notice__due_at__gt=notice.due_at or notice.created_at)
    pairs = [
        *rows.filter(state=State.HELD).values_list(f"{name}_id", "pk"),
        *rows.filter(due__isnull=False).values_list(f"{name}_id", "pk"),
    ]
    return dict(sorted(pairs, key=lambda pair: pair[1]))


def _sequence(notice: Notice) -> Q | None:
    if notice.thread:
        return Q(notice__thread=notice.thread)
    return Q(notice__thread="", notice__kind=Kind.STATUS) if notice.kind == Kind.STATUS else None


def overdue(*, now: float) -> QuerySet[Delivery]:
    """Return the deliveries that have waited for an earlier one as long as they may."""
    since = datetime.fromtimestamp(now - MAX_WAIT_SECONDS, UTC)
    return Delivery.objects.filter(blocked(), due__isnull=False, created_at__lte=since)


def supersede_overdue(*, now: float) -> int:
    """Let the newest message go where one has waited for too long; return how many were superseded.

    What is being sent at this moment is left to end first.
    """
    waiting = list(overdue(now=now).select_related("notice")[:MAX_AT_ONCE])
    return sum(_supersede_before(row, now=now) for row in waiting)


def _supersede_before(row: Delivery, *, now: float) -> int:
    sequence = _sequence(row.notice)
    if sequence is None or row.subscriber_id is row.alert_channel_id is None:
        return 0
    recipient = {"subscriber": row.subscriber_id, "alert_channel": row.alert_channel_id}
    with transaction.atomic():
        # What can still be undone stands for nothing.
        pending = Delivery.objects.filter(sequence, due__isnull=False, **recipient).exclude(
            notice__due_at__gt=datetime.fromtimestamp(now, UTC)
        )
        chain = list(pending.order_by("id"))
        if len(chain) < 2 or any(each.leased_until for each in chain):
            return 0
        newest, stale = chain[-1], chain[:-1]
        ended = Delivery.objects.filter(
            pk__in=[each.pk for each in stale], due__isnull=False, leased_until=0,
            state__in=_WAITING_STATES,
        ).update(
            state=State.SUPERSEDED, due=None, lease="", leased_until=0,
            reason=f"a later message stands for it: delivery {newest.pk}",
            ended_at=datetime.fromtimestamp(now, UTC),
        )  # fmt: skip
        count = ended + sum(each.stands_for for each in stale)
        Delivery.objects.filter(pk=newest.pk).update(
            waits_for=None, due=now, stands_for=F("stands_for") + count
        )
    return ended


def facts_as_sent(row: Delivery, notice: Notice, facts: Facts) -> Facts:
    """Return the facts of a notice as a recipient is sent them: with how many earlier messages
    they stand for, and with the changes of status that those would have told."""
    if not row.stands_for:
        return facts
    if notice.kind == Kind.STATUS and not notice.thread:
        facts = _with_earlier_changes(row, facts)
    return replace(facts, more={**facts.more, "stands_for": row.stands_for})


def _with_earlier_changes(row: Delivery, facts: Facts) -> Facts:
    mine = Delivery.objects.filter(
        subscriber=row.subscriber_id, notice__kind=Kind.STATUS, notice__thread="", pk__lt=row.pk
    )
    last = mine.filter(state=State.SENT).order_by("-id").values_list("pk", flat=True).first() or 0
    rows = mine.filter(state=State.SUPERSEDED, pk__gt=last).select_related("notice").order_by("id")
    told = [*(Facts.from_json(each.notice.facts) for each in rows), facts]
    changes: dict[int | str, Change] = {}
    for change in (each for one in told for each in one.changes):
        # What an earlier release wrote has names alone; two components may share theirs.
        key = change.component_id or change.name
        before = changes.get(key, change).old_status
        changes[key] = replace(change, old_status=before)
    merged = tuple(changes.values())
    ids = dict.fromkeys(pk for one in told for pk in one.component_ids)
    return replace(
        facts,
        headline=status_headline(merged),
        changes=merged,
        components=tuple(each.name for each in merged),
        component_ids=tuple(ids),
    )
