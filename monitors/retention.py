"""Deletes what is too old to be kept, in small batches, so that no lock is held for long."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from monitors import partitions
from monitors.models import Closure, Ping

CLOSURES_KEPT = 400 * 86_400
"""Seconds: longer than the longest time in which a heartbeat may be silent."""
BATCH = 500
"""Rows deleted in one transaction: a few milliseconds' work."""


@dataclass(frozen=True, slots=True)
class Ages:
    """Which rows of a table are too old: those whose `column` is below `before`."""

    table: str
    column: str
    before: int


def prune_results(*, now: float, hours: int) -> Iterator[int]:
    """Delete results older than `hours`; yields after each small batch."""
    before = round((now - hours * 3600) * 1000)
    if partitions.are_used():
        partitions.keep_in_order(now=now, before_ms=before)
        yield 0
        yield from prune(Ages(partitions.DEFAULT, "at_ms", before))
    else:
        yield from prune(Ages("monitors_result", "at_ms", before))


def prune(ages: Ages) -> Iterator[int]:
    """Delete a table's old rows; yields how many went after each batch.

    Each table's only index begins with the check, so that this goes from check to check: one
    look for each, and a delete where its oldest row is too old. That finds rows of deleted
    monitors as well.
    """
    check_id = -1
    while (oldest := _oldest_of_next(ages, after=check_id)) is not None:
        check_id, value = oldest
        while value is not None and value < ages.before:
            yield _delete(ages, check_id)
            value = _oldest(ages, check_id)
        yield 0


def _oldest_of_next(ages: Ages, *, after: int) -> tuple[int, int | None] | None:
    """The next check that has rows, and where its oldest one stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT check_id, {ages.column} FROM {ages.table} WHERE check_id > %s "  # noqa: S608  (names of our own tables)
            f"ORDER BY check_id, {ages.column} LIMIT 1",
            [after],
        )
        row: tuple[int, int] | None = cursor.fetchone()
    return row


def _oldest(ages: Ages, check_id: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {ages.column} FROM {ages.table} WHERE check_id = %s "  # noqa: S608
            f"ORDER BY {ages.column} LIMIT 1",
            [check_id],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _delete(ages: Ages, check_id: int) -> int:
    # Neither database deletes with a limit: the place of the last one to go is looked up first.
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {ages.table} WHERE check_id = %s AND {ages.column} < %s "  # noqa: S608
            f"AND {ages.column} <= COALESCE((SELECT {ages.column} FROM {ages.table} "
            f"WHERE check_id = %s ORDER BY {ages.column} LIMIT 1 OFFSET {BATCH - 1}), %s)",
            [check_id, ages.before, check_id, ages.before],
        )
        return int(cursor.rowcount)


def prune_pings(*, now: float, hours: int) -> Iterator[int]:
    """Delete pings older than `hours`, as `prune` does results."""
    old = Ping.objects.filter(at__lt=now - hours * 3600, taken=True).order_by("at")
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        yield Ping.objects.filter(pk__in=ids).delete()[0]
    yield Closure.objects.filter(ended__lt=now - CLOSURES_KEPT).delete()[0]
