"""How results and rollups lie in the database: small, and deleted by age in small pieces."""

import time

import pytest
from django.db import connection

from monitors.history import partitions
from monitors.history.retention import BATCH, RetentionPeriods, prune
from monitors.history.rollup_store import write
from monitors.models import WORDS, DayRow, Folding, HourRow, MinuteRows, Result
from monitors.models.rollup import FOLDING
from monitors.probing.base import ProbeStatus
from monitors.rules.rollups import Resolution, Tally
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

DAY = 86_400
KEEP = RetentionPeriods(results_hours=48, minute_rows_days=14, hour_rows_days=730)
NOW = 1_700_000_000.0
"""2023-11-14 22:13:20 UTC."""


def results(check_id: int, *ages: float) -> None:
    """Results of a check, by their age in hours."""
    Result.objects.bulk_create(
        Result(check_id=check_id, at_ms=round((NOW - age * 3600) * 1000), word="up", late_ms=0)
        for age in ages
    )


def prune_all(*, now: float = NOW, folded_until: float | None = None) -> list[int]:
    until = int((folded_until or now) // 60)
    Folding.objects.update_or_create(
        pk=FOLDING,
        defaults={"minutes_until": until, "hours_until": until, "days_until": until},
    )
    return list(prune(now=now, periods=KEEP))


def rows(resolution: Resolution, check_id: int, *ages: float) -> None:
    """Rows of a check, by their age in days."""
    start = resolution.floor(int(NOW // 60))
    write(resolution, {(check_id, int(start - age * 1440)): Tally(count=1) for age in ages})


def left() -> list[tuple[int, float]]:
    rows = Result.objects.order_by("check_id", "at_ms").values_list("check_id", "at_ms")
    return [(check_id, round((NOW - at_ms / 1000) / 3600, 2)) for check_id, at_ms in rows]


def test_every_word_has_its_number() -> None:
    assert {word.value for word in ProbeStatus} <= set(WORDS)


@pytest.mark.parametrize("table", ["result", "hourrow", "dayrow"])
def test_a_table_has_the_shape_that_keeps_it_small(table: str) -> None:
    """A later migration that makes a table anew on SQLite would lose it."""
    sqlite = "SELECT sql LIKE '%% WITHOUT ROWID' FROM sqlite_master WHERE name = %s"
    postgres = "SELECT relkind = 'p' OR relname LIKE '%%row' FROM pg_class WHERE relname = %s"
    with connection.cursor() as cursor:
        cursor.execute(sqlite if connection.vendor == "sqlite" else postgres, [f"monitors_{table}"])
        (shaped,) = cursor.fetchone()

    assert shaped


def test_what_is_too_old_goes_and_nothing_else() -> None:
    results(1, 1, 47.9, 48.1, 72)
    results(7, 49)
    results(9, 0.5)

    prune_all()

    assert left() == [(1, 47.9), (1, 1), (9, 0.5)]


def test_a_batch_is_never_larger_than_promised() -> None:
    results(1, *(50 + number / 1000 for number in range(2 * BATCH + 10)))

    assert max(prune_all()) == BATCH
    assert left() == []


def test_what_has_yet_to_be_folded_stays_however_old_it_is() -> None:
    """beat was away for days: first it folds, then it deletes."""
    results(1, 100, 60, 1)

    prune_all(folded_until=NOW - 70 * 3600)

    assert left() == [(1, 60), (1, 1)]


def test_minutes_go_after_14_days_hours_after_two_years_and_days_never() -> None:
    check = build.check(build.monitor()).pk
    for resolution in Resolution:
        rows(resolution, check, 1, 15, 731)

    prune_all()

    assert [MinuteRows.objects.count(), HourRow.objects.count(), DayRow.objects.count()] == [
        1,
        2,
        3,
    ]


def test_rollups_of_a_deleted_monitor_go_as_well() -> None:
    monitor = build.monitor()
    rows(Resolution.DAY, build.check(monitor).pk, 1, 2)
    monitor.delete()

    prune_all()

    assert not DayRow.objects.exists()


@pytest.mark.postgres
def test_each_day_to_come_has_its_partition_and_old_ones_go() -> None:
    partitions.maintain_partitions(now=NOW, before_ms=0)
    results(1, 0, -24, -48, -72)
    assert default_count() == 0
    later = NOW + 5 * DAY

    partitions.maintain_partitions(now=later, before_ms=round((later - 3 * DAY) * 1000))

    assert left() == [(1, -48), (1, -72)]


@pytest.mark.postgres
def test_results_are_kept_and_pruned_when_nobody_made_a_partition() -> None:
    """beat was away: what came meanwhile lies in the default partition."""
    far = NOW + 400 * DAY
    results(3, -24 * 400)
    assert default_count() == 1

    prune_all(now=far)
    assert default_count() == 0, "it moves to its day's partition, and goes with it"
    prune_all(now=far + 3 * DAY)

    assert left() == []


@pytest.mark.postgres
def test_what_lies_in_the_default_partition_moves_when_its_day_is_made_f_o12() -> None:
    far = NOW + 500 * DAY
    Result.objects.create(check_id=1, at_ms=round(far * 1000), word="up", late_ms=0)
    Result.objects.create(check_id=1, at_ms=round((far - 2 * DAY) * 1000), word="up", late_ms=0)
    assert default_count() == 2

    partitions.create_partitions(now=far)

    assert default_count() == 1, "the day before yesterday's stays, and leaves by age"
    assert Result.objects.count() == 2


@pytest.mark.postgres
def test_too_many_to_move_stay_where_they_are_f_o12(monkeypatch: pytest.MonkeyPatch) -> None:
    far = NOW + 600 * DAY
    monkeypatch.setattr(partitions, "MAX_MOVED", 0)
    Result.objects.create(check_id=1, at_ms=round(far * 1000), word="up", late_ms=0)

    partitions.create_partitions(now=far)

    assert default_count() == 1


@pytest.mark.postgres
def test_a_migrated_store_has_todays_partition_before_the_first_result_f_o12() -> None:
    partitions.after_migration()

    Result.objects.create(check_id=1, at_ms=round(time.time() * 1000), word="up", late_ms=0)

    assert default_count() == 0


def default_count() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {partitions.DEFAULT_PARTITION}")
        return int(cursor.fetchone()[0])
