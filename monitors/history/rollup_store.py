"""The store of rollups, whatever shape their rows have."""

from collections.abc import Collection, Iterator, Mapping

from django.db import connection

from monitors.models import DayRow, HourRow, MinuteRows
from monitors.rules.latency_sketch import Sketch
from monitors.rules.rollups import (
    Resolution,
    Tally,
    pack_minutes,
    unpack_minutes,
)

Tallies = Mapping[tuple[int, int], Tally]
"""Tallies by check and first minute."""

_TABLES = {Resolution.HOUR: HourRow._meta.db_table, Resolution.DAY: DayRow._meta.db_table}
_UPSERT = """
INSERT INTO {table} (check_id, minute, count, failures, degraded, inconclusive, latencies)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (check_id, minute) DO UPDATE SET count = excluded.count, failures = excluded.failures,
    degraded = excluded.degraded, inconclusive = excluded.inconclusive,
    latencies = excluded.latencies
"""
# Appending needs no reading. SQLite takes what || makes of bytes for text without a cast.
_APPEND = """
INSERT INTO monitors_minuterows (check_id, minute, packed) VALUES (%s, %s, %s)
ON CONFLICT (check_id, minute)
    DO UPDATE SET packed = CAST(monitors_minuterows.packed || excluded.packed AS {bytes})
"""


def read(
    resolution: Resolution, check_ids: Collection[int], since: int, until: int
) -> Iterator[tuple[int, int, Tally]]:
    """Read rows that begin in the minutes [since, until): (check, minute, tally). One query."""
    if resolution is Resolution.MINUTE:
        yield from _read_minutes(check_ids, since, until)
        return
    model = HourRow if resolution is Resolution.HOUR else DayRow
    found = model.objects.filter(check_id__in=check_ids, minute__gte=since, minute__lt=until)
    for row in found:
        counts = (row.count, row.failures, row.degraded, row.inconclusive)
        yield row.check_id, row.minute, Tally(*counts, Sketch.unpack(bytes(row.latencies)))


def _read_minutes(
    check_ids: Collection[int], since: int, until: int
) -> Iterator[tuple[int, int, Tally]]:
    found = MinuteRows.objects.filter(
        check_id__in=check_ids, minute__gte=Resolution.HOUR.floor(since), minute__lt=until
    )
    for check_id, hour, packed in found.values_list("check_id", "minute", "packed"):
        for offset, tally in unpack_minutes(bytes(packed)).items():
            if since <= hour + offset < until:
                yield check_id, hour + offset, tally


def write(resolution: Resolution, tallies: Tallies) -> int:
    """Replace rows; return how many were written."""
    if resolution is Resolution.MINUTE:
        return _write_minutes(tallies)
    rows = [
        (
            check_id, minute, tally.count, tally.failures, tally.degraded, tally.inconclusive,
            tally.latencies.pack(),
        )
        for (check_id, minute), tally in tallies.items()
    ]  # fmt: skip
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_UPSERT.format(table=_TABLES[resolution]), rows)
    return len(rows)


def _write_minutes(tallies: Tallies) -> int:
    hours: dict[tuple[int, int], dict[int, Tally]] = {}
    for (check_id, minute), tally in tallies.items():
        hour = Resolution.HOUR.floor(minute)
        hours.setdefault((check_id, hour), {})[minute - hour] = tally
    rows = [(check_id, hour, pack_minutes(tallies)) for (check_id, hour), tallies in hours.items()]
    if rows:
        kind = "bytea" if connection.vendor == "postgresql" else "blob"
        with connection.cursor() as cursor:
            cursor.executemany(_APPEND.format(bytes=kind), rows)
    return len(tallies)
