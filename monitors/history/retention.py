"""The deletion of what is too old, in small batches, so that no lock is held for long."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.db import connection

from components.models.deletion import delete_in_batches
from monitors import absences
from monitors.history import number_series, partitions
from monitors.models import Check, Closure, DayRow, Folding, HourRow, MinuteRows, Ping
from monitors.models.rollup import FOLDING
from monitors.rules.rollups import Resolution

GAP_RETENTION_SECONDS = 400 * 86_400
"""Seconds: longer than the longest time in which a heartbeat may be silent."""
BATCH = 500
"""Rows deleted in one transaction: a few milliseconds' work."""
_ALL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class RetentionPeriods:
    """Retention of single results, minutes' and hours' rows. Days' rows are for ever."""

    results_hours: int
    minute_rows_days: int
    hour_rows_days: int


@dataclass(frozen=True, slots=True)
class _Expired:
    """The rows of a table that are to go: those whose `column` is below `before`."""

    table: str
    column: str
    before: int


def prune(*, now: float, periods: RetentionPeriods) -> Iterator[int]:
    """Delete what is too old, never what is yet to be aggregated; yield after each batch."""
    partitions.create_partitions(now=now)
    absences.prune(now=now)
    yield from prune_pings(now=now, hours=periods.results_hours)
    yield from number_series.prune(now=now)
    state = Folding.objects.filter(pk=FOLDING).first()
    if state is None:
        return
    minute = int(now // 60)
    results_until = min(minute - periods.results_hours * 60, state.minutes_until) * 60_000
    results = "monitors_result"
    if partitions.is_supported():
        partitions.maintain_partitions(now=now, before_ms=results_until)
        results = partitions.DEFAULT_PARTITION
    rows = [
        (MinuteRows, min(minute - periods.minute_rows_days * Resolution.DAY, state.hours_until)),
        (HourRow, min(minute - periods.hour_rows_days * Resolution.DAY, state.days_until)),
        (DayRow, 0),
    ]
    yield from _prune(_Expired(results, "at_ms", results_until), known=None)
    known = frozenset(Check.objects.values_list("pk", flat=True))
    for model, before in rows:
        yield from _prune(_Expired(model._meta.db_table, "minute", before), known=known)


def _prune(expired: _Expired, *, known: frozenset[int] | None) -> Iterator[int]:
    """Delete a table's old rows, and all rows of checks that are not `known` any more.

    Each table's only index begins with the check, so that this goes from check to check: one
    look for each, and a delete where its oldest row is too old.
    """
    check_id = -1
    while (oldest := _oldest_of_next(expired, after=check_id)) is not None:
        check_id, value = oldest
        gone = known is not None and check_id not in known
        cutoff = replace(expired, before=_ALL) if gone else expired
        while value is not None and value < cutoff.before:
            yield _delete(cutoff, check_id)
            value = _oldest(cutoff, check_id)
        yield 0


def _oldest_of_next(expired: _Expired, *, after: int) -> tuple[int, int | None] | None:
    """Return the next check that has rows, and where its oldest one stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT check_id, {expired.column} FROM {expired.table} WHERE check_id > %s "  # noqa: S608  (names of our own tables)
            f"ORDER BY check_id, {expired.column} LIMIT 1",
            [after],
        )
        row: tuple[int, int] | None = cursor.fetchone()
    return row


def _oldest(expired: _Expired, check_id: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {expired.column} FROM {expired.table} WHERE check_id = %s "  # noqa: S608
            f"ORDER BY {expired.column} LIMIT 1",
            [check_id],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _delete(expired: _Expired, check_id: int) -> int:
    # Neither database deletes with a limit: the place of the last one to go is looked up first.
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {expired.table} WHERE check_id = %s AND {expired.column} < %s "  # noqa: S608
            f"AND {expired.column} <= COALESCE((SELECT {expired.column} FROM {expired.table} "
            f"WHERE check_id = %s ORDER BY {expired.column} LIMIT 1 OFFSET {BATCH - 1}), %s)",
            [check_id, expired.before, check_id, expired.before],
        )
        return int(cursor.rowcount)


def prune_pings(*, now: float, hours: int) -> Iterator[int]:
    """Delete pings older than `hours`, as `prune` does results."""
    expired = Ping.objects.filter(at__lt=now - hours * 3600, taken=True)
    yield from delete_in_batches(expired, by="at")
    old = Closure.objects.filter(ended__lt=now - GAP_RETENTION_SECONDS)
    yield from delete_in_batches(old, by="ended")
