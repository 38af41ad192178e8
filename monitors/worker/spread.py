"""The checks that came due while nobody probed are spread again, not made in one burst."""

from collections.abc import Sequence

from django.db import connection, transaction

from monitors.rules.intervals import start_after_absence

BATCH = 2_000
Row = tuple[int, float, int]
"""A check's id, when it is due, and how many of its starts were left out."""

_LATE = """
SELECT c.id, c.due, m.interval FROM monitors_check c JOIN monitors_monitor m ON m.id = c.monitor_id
WHERE c.region_id = %s AND c.id > %s AND c.due <= %s AND c.leased_until <= %s
ORDER BY c.id LIMIT %s {lock}
"""
_RESCHEDULE = "UPDATE monitors_check SET due = %s, skipped = skipped + %s WHERE id = %s"
_RESCHEDULE_MANY = """
UPDATE monitors_check AS c SET due = new.due, skipped = c.skipped + new.skipped
FROM unnest(%s::bigint[], %s::float8[], %s::int[]) AS new (id, due, skipped)
WHERE c.id = new.id
"""


def spread_late(*, region: str, away: float, now: float) -> int:
    """Spread what came due in the `away` seconds before `now`; return how many checks.

    In batches, in the order in which all lock them; what another shift has leased is its own.
    """
    if away <= 0:
        return 0
    spread, last = 0, 0
    while rows := _reschedule_batch(region, after=last, away=away, now=now):
        spread, last = spread + len(rows), rows[-1][0]
    return spread


def _reschedule_batch(region: str, *, after: int, away: float, now: float) -> Sequence[Row]:
    lock = "FOR UPDATE OF c SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LATE.format(lock=lock), [region, after, now, now, BATCH])
            late = cursor.fetchall()
        rows = []
        for check_id, due, interval in late:
            at = start_after_absence(check_id, due=due, now=now, interval=interval, away=away)
            # The one that is made late is not left out.
            rows.append((check_id, at, int((now - due) // interval)))
        _write(rows)
    return rows


def _write(rows: Sequence[Row]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_RESCHEDULE_MANY, [list(column) for column in zip(*rows, strict=True)])
        else:
            cursor.executemany(_RESCHEDULE, [(due, skipped, pk) for pk, due, skipped in rows])
