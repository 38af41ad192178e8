"""The queue of record: which deliveries are due, who has them, and what became of them.

A row is leased by one conditional UPDATE and freed by another, so that two senders never have the
same. A lease names its process: what a killed sender leaves is taken over at once by its successor
on the same machine, and by anybody when the lease has lapsed and beat has freed it (`lease_watch`).

A row whose sender did not come back is suspect: it is sent alone from then on, so that if it kills
again only it can be blamed; after three times it is set aside. Its innocent neighbours, leased in
the same batch, pass that scrutiny one by one.
"""

import os
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import psutil
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet

from subscribers.channels.base import MAIL_LANE, MAX_RESPONSE_CHARS, Outcome, SendStatus
from subscribers.delivery import order, unreadable
from subscribers.delivery.retry import FAULT_DELAY, MAX_FAULTS, next_attempt_at
from subscribers.enums import State
from subscribers.models import Delivery

LEASE_SECONDS = 60.0
_LEASE = """
WITH next AS (
    SELECT id, row_number() OVER (PARTITION BY lane ORDER BY due, id) AS place
    FROM subscribers_delivery
    WHERE lane IN ({lanes}) AND due IS NOT NULL AND due <= %s AND leased_until = 0
        AND unread_by NOT LIKE %s
        AND {suspects} (faults > 0 OR state = 'sending')
        AND (waits_for IS NULL OR NOT EXISTS (
            SELECT 1 FROM subscribers_delivery AS earlier
            WHERE earlier.id = subscribers_delivery.waits_for AND earlier.due IS NOT NULL))
), free AS (
    SELECT mine.id FROM subscribers_delivery AS mine JOIN next ON next.id = mine.id
    WHERE next.place <= %s AND mine.due IS NOT NULL AND mine.leased_until = 0 {lock}
)
UPDATE subscribers_delivery SET lease = %s, leased_until = %s, state = 'sending',
    faults = faults + CASE WHEN state = 'sending' THEN 1 ELSE 0 END
WHERE id IN (SELECT id FROM free)
RETURNING id, lane
"""

_OUTCOME = """
UPDATE subscribers_delivery SET state = %s, due = %s, attempts = %s, last_code = %s,
    last_response = %s, ended_at = %s, faults = 0, lease = '', leased_until = 0
WHERE id = %s AND lease = %s AND state = 'sending'
"""


def new_lease() -> str:
    """Return a lease name for one shift of this process, by which its death can be detected."""
    me = psutil.Process()
    return f"{uuid4().hex[:8]}:{os.getpid()}:{me.create_time():.0f}:{settings.STATUSPAGE.machine}"[
        :40
    ]


def has_due(*, now: float) -> bool:
    """Return whether a sender would find something to do."""
    return _ready(now=now).exists() or order.overdue(now=now).exists()


def lease_due(
    *lanes: str, lease: str, now: float, limit: int, suspects_first: bool = False
) -> list[Delivery]:
    """Lease what is due in some lanes, the oldest of each first: a batch, or one suspect alone."""
    ids: list[int] = []
    remaining = set(lanes)
    for suspects in (suspects_first, not suspects_first):
        # A look costs nothing; a lease takes SQLite's only write lock.
        if not remaining or not _due(remaining, now=now).exists():
            break
        taken = _lease(
            sorted(remaining),
            lease=lease,
            now=now,
            limit=1 if suspects else limit,
            suspects=suspects,
        )
        ids += [pk for pk, _ in taken]
        remaining -= {lane for _, lane in taken}
    if not ids:
        return []
    rows = Delivery.objects.filter(pk__in=ids).order_by("due", "id")
    related = rows.select_related("subscriber__endpoint", "alert_channel").prefetch_related(
        "subscriber__components__group"
    )
    return list(related.defer("last_response", "reason"))


def lease_notice(notice_id: int, *, lease: str, now: float) -> list[Delivery]:
    """Lease the copies of a notice that are due and were not tried yet."""
    waiting = Delivery.objects.filter(
        notice=notice_id, state=State.QUEUED, attempts=0, due__lte=now, leased_until=0
    )
    until = now + LEASE_SECONDS
    taken = [
        pk
        for pk in list(waiting.order_by("id").values_list("pk", flat=True))
        if waiting.filter(pk=pk).update(lease=lease, leased_until=until, state=State.SENDING)
    ]
    return list(Delivery.objects.filter(pk__in=taken).order_by("id"))


def lanes_due(*, now: float, without: Collection[str], limit: int) -> list[str]:
    """Return hosts with something due, the longest waiting first; the mail server is none."""
    # Either side of it, so that ten thousand waiting mails are not counted each time.
    hosts = Q(lane__lt=MAIL_LANE) | Q(lane__gt=MAIL_LANE)
    waiting = _ready(now=now).filter(hosts).exclude(lane__in=without).values("lane")
    longest = waiting.annotate(since=Min("due")).order_by("since", "lane")
    return [row["lane"] for row in longest[:limit]]


def _due(lanes: Collection[str], *, now: float) -> QuerySet[Delivery]:
    return _ready(now=now).filter(lane__in=lanes)


def _ready(*, now: float) -> QuerySet[Delivery]:
    """Return what may be sent from here now: due, with nobody, and with nothing of its event
    before it."""
    return Delivery.objects.filter(
        ~order.blocked(), ~unreadable.unread_here(), due__lte=now, leased_until=0
    )


def _lease(
    lanes: Sequence[str], *, lease: str, now: float, limit: int, suspects: bool
) -> list[tuple[int, str]]:
    sql = _LEASE.format(
        lanes=", ".join(["%s"] * len(lanes)),
        suspects="" if suspects else "NOT",
        lock="FOR UPDATE OF mine SKIP LOCKED" if connection.vendor == "postgresql" else "",
    )
    until = now + LEASE_SECONDS
    values: list[str | float] = [
        *lanes, now, f"%{unreadable.mark()}%", limit, lease, until
    ]  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [(pk, lane) for pk, lane in cursor.fetchall()]


def record_outcome(
    row: Delivery, outcome: Outcome, *, now: float, randomness: float
) -> State | None:
    """Store how a send went; return the new state, None when the lease was lost meanwhile."""
    failed = row.attempts + 1
    due = next_attempt_at(
        outcome, failed=failed, created=row.created_at.timestamp(), now=now, randomness=randomness
    )
    if outcome.status is SendStatus.SENT:
        state = State.SENT
    else:
        state = State.FAILED if due is None else State.RETRYING
    ended = datetime.fromtimestamp(now, UTC) if due is None else None
    # By hand: at some hundred mails a second, building this statement would cost more than it.
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOME, [
            state.value, due, failed, outcome.code, outcome.text[:MAX_RESPONSE_CHARS],
            connection.ops.adapt_datetimefield_value(ended), row.pk, row.lease,
        ])  # fmt: skip
        return state if cursor.rowcount else None


def record_fault(row: Delivery, error: Exception, *, now: float) -> State:
    """Store that a send failed on our side; set the row aside after three such faults."""
    faults = row.faults + 1
    text = f"{type(error).__name__} on our side"
    if faults >= MAX_FAULTS:
        quarantine(row, text, now=now)
        return State.FAILED
    _finish(
        row,
        {
            "state": State.RETRYING.value,
            "due": now + FAULT_DELAY,
            "faults": faults,
            "last_code": None,
            "last_response": text,
        },
        now=now,
    )
    return State.RETRYING


def quarantine(row: Delivery, why: str, *, now: float) -> None:
    """Set a row aside as failed, after too many faults."""
    reason = f"given up after {MAX_FAULTS} tries: {why}"[:200]
    _finish(row, {"state": State.FAILED.value, "due": None, "reason": reason}, now=now)


def suppress(row: Delivery, reason: str, *, now: float) -> None:
    """Suppress a row: the person left, or was erased, since it was queued."""
    _finish(row, {"state": State.SUPPRESSED.value, "due": None, "reason": reason}, now=now)


def _finish(row: Delivery, changes: dict[str, object], *, now: float) -> bool:
    if changes["due"] is None:
        changes["ended_at"] = datetime.fromtimestamp(now, UTC)
    ours = Delivery.objects.filter(pk=row.pk, lease=row.lease, state=State.SENDING)
    return bool(ours.update(lease="", leased_until=0, **changes))


def release(rows: Collection[Delivery]) -> None:
    """Release rows that were leased and not begun, due as they were."""
    for lease in {row.lease for row in rows}:
        mine = Delivery.objects.filter(
            pk__in=[row.pk for row in rows], lease=lease, state=State.SENDING
        )
        mine.filter(attempts=0).update(state=State.QUEUED, lease="", leased_until=0)
        mine.update(state=State.RETRYING, lease="", leased_until=0)


def postpone_lane(lane: str, *, until: float) -> None:
    """Postpone a lane for every sender; none is woken for it meanwhile."""
    Delivery.objects.filter(lane=lane, due__lt=until, leased_until=0).update(due=until)


def release_dead_leases() -> int:
    """Release what dead senders of this machine had leased; it stays suspect. Return how many."""
    freed = 0
    held = Delivery.objects.filter(state=State.SENDING, leased_until__gt=0)
    for lease in set(held.values_list("lease", flat=True)):
        if _is_dead(lease):
            freed += held.filter(lease=lease).update(leased_until=0)
    return freed


def release_lapsed_leases(*, now: float) -> int:
    """Release what was leased until `now` at most; it stays suspect. Return how many."""
    lapsed = Delivery.objects.filter(
        state=State.SENDING, due__isnull=False, leased_until__gt=0, leased_until__lte=now
    )
    # A look costs nothing; an update takes SQLite's only write lock.
    return lapsed.update(leased_until=0) if lapsed.exists() else 0


def _is_dead(lease: str) -> bool:
    """Return whether a lease's holder was of this machine, and is no more."""
    try:
        _, pid, started, machine = lease.split(":", 3)
        if machine != settings.STATUSPAGE.machine[: len(machine)] or not machine:
            return False
        return abs(psutil.Process(int(pid)).create_time() - float(started)) > 2
    except psutil.NoSuchProcess:
        return True
    except (ValueError, psutil.Error):
        return False


def retry_now(deliveries: QuerySet[Delivery], *, now: float) -> int:
    """Send again what has failed, at a person's request; its day begins anew."""
    return deliveries.filter(state__in=[State.FAILED, State.RETRYING]).update(
        state=State.QUEUED, due=now, faults=0, attempts=0, ended_at=None,
        created_at=datetime.fromtimestamp(now, UTC),
    )  # fmt: skip
