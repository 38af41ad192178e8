"""The leases of due checks: rows that one worker holds, never two at once.

One statement claims: a conditional UPDATE whose inner SELECT skips rows that another claimer has
locked (PostgreSQL) or runs alone under SQLite's one writer. A claim lapses with its lease, so a
prober that is lost without a successor delays its checks by no more than that.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from components.status import Verdict
from monitors.models import Check
from monitors.rules.check_state import CheckState

LEASE_MARGIN = 15.0
"""Seconds that a lease outlives its check's deadline: for the batch to be stored, on a busy machine
and while the database is locked. What a holder that is gone had leased is released sooner, by the
next one of its slot."""


@dataclass(frozen=True, slots=True)
class LeasedCheck:
    """A check that we hold the lease of."""

    check_id: int
    monitor_id: int
    revision: int
    due: float
    state: CheckState
    stated: str = ""
    """The status that it states of itself, as stored."""


_COLUMNS = (
    "id, monitor_id, revision, due, verdict, since, checked, run, run_verdict, run_since,"
    " turns, beneath, beneath_since, stated_status"
)
# Materialised: PostgreSQL may run a subquery that skips what is locked once for each row it is
# compared with, and then each run finds others than the one before.
_LEASE_DUE = """
WITH chosen AS MATERIALIZED (
    SELECT id FROM monitors_check
    WHERE region_id = %s AND due IS NOT NULL AND due <= %s AND leased_until <= %s
    ORDER BY due LIMIT %s {lock}
)
UPDATE monitors_check SET leased_until = %s + timeout, lease = %s
WHERE id IN (SELECT id FROM chosen)
RETURNING {columns}
"""

_ANY_DUE = """
SELECT 1 FROM monitors_check
WHERE region_id = %s AND due IS NOT NULL AND due <= %s AND leased_until <= %s LIMIT 1
"""


def lease_due(
    *, region: str, lease: str, now: float, horizon: float, limit: int
) -> list[LeasedCheck]:
    """Lease up to `limit` checks of `region` that fall due before `horizon`, oldest first.

    `now` and `horizon` are seconds since the epoch.
    """
    if limit <= 0:
        return []
    postgres = connection.vendor == "postgresql"
    sql = _LEASE_DUE.format(lock="FOR UPDATE SKIP LOCKED" if postgres else "", columns=_COLUMNS)
    if not postgres and not _any_due(region, now, horizon):
        # A look costs nothing; a claim takes SQLite's only write lock.
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [region, horizon, now, limit, horizon + LEASE_MARGIN, lease])
        rows = cursor.fetchall()
    return [_from_row(row) for row in rows]


_LEASE_REPORTED = """
UPDATE monitors_check SET lease = %s, leased_until = 0
WHERE region_id = %s AND due IS NOT NULL AND id IN ({places})
RETURNING {columns}
"""


def lease_reported(check_ids: Collection[int], *, region: str, lease: str) -> list[LeasedCheck]:
    """Lease those of these checks that `region` has, to store what an agent found.

    A prober that makes one of them right now loses it. Belongs into the transaction that stores.
    """
    if not check_ids:
        return []
    places = ", ".join(["%s"] * len(check_ids))
    sql = _LEASE_REPORTED.format(places=places, columns=_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(sql, [lease, region, *check_ids])
        return [_from_row(row) for row in cursor.fetchall()]


_HELD = """
SELECT {columns} FROM monitors_check WHERE lease = %s AND id IN ({places}) ORDER BY id {lock}
"""


def select_held(check_ids: Collection[int], *, lease: str) -> list[LeasedCheck]:
    """Return those of these checks that `lease` still holds, as they are now, locked."""
    lock = "FOR UPDATE" if connection.vendor == "postgresql" else ""
    places = ", ".join(["%s"] * len(check_ids))
    sql = _HELD.format(columns=_COLUMNS, places=places, lock=lock)
    with connection.cursor() as cursor:
        cursor.execute(sql, [lease, *check_ids])
        return [_from_row(row) for row in cursor.fetchall()]


def _from_row(row: tuple[Any, ...]) -> LeasedCheck:
    (
        check_id, monitor_id, revision, due, verdict, since, checked, run, run_verdict,
        run_since, turns, beneath, beneath_since, stated,
    ) = row  # fmt: skip
    state = CheckState(
        Verdict(verdict),
        since=since,
        checked=checked,
        run=run,
        run_verdict=Verdict(run_verdict) if run_verdict else None,
        run_since=run_since,
        turns=turns,
        beneath=Verdict(beneath) if beneath else None,
        beneath_since=beneath_since,
    )
    return LeasedCheck(check_id, monitor_id, revision, due, state, stated)


def _any_due(region: str, now: float, horizon: float) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_ANY_DUE, [region, horizon, now])
        return cursor.fetchone() is not None


def release(*, lease: str) -> int:
    """Release what `lease` still holds, due as it was; return how many."""
    return Check.objects.filter(lease=lease, leased_until__gt=0).update(leased_until=0, lease="")


_POSTPONE = """
UPDATE monitors_check SET due = %s, leased_until = 0, lease = '' WHERE id = %s AND lease = %s
"""


def postpone(starts: Mapping[int, float], *, lease: str) -> None:
    """Give leased checks back, to be made at these later instants."""
    if starts:
        with transaction.atomic(), connection.cursor() as cursor:
            rows = [(due, check_id, lease) for check_id, due in sorted(starts.items())]
            cursor.executemany(_POSTPONE, rows)


def oldest_due_age(*, now: float) -> float:
    """Return the seconds by which the most overdue free check is late; 0 when none is."""
    oldest = (
        Check.objects.filter(due__isnull=False, due__lt=now, leased_until__lte=now)
        .order_by("due")
        .values_list("due", flat=True)
        .first()
    )
    return max(0.0, now - oldest) if oldest is not None else 0.0
