"""How single results lie in the database: small, and readable and deletable in small pieces."""

import pytest
from django.db import connection

from monitors import partitions
from monitors.models import WORDS, Result
from monitors.probers.base import Word
from monitors.retention import BATCH, prune_results

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

DAY = 86_400
NOW = 1_700_000_000.0
"""2023-11-14 22:13:20 UTC."""


def results(check_id: int, *ages: float) -> None:
    """Results of a check, by their age in hours."""
    Result.objects.bulk_create(
        Result(check_id=check_id, at_ms=round((NOW - age * 3600) * 1000), word="up", late_ms=0)
        for age in ages
    )


def left() -> list[tuple[int, float]]:
    rows = Result.objects.order_by("check_id", "at_ms").values_list("check_id", "at_ms")
    return [(check_id, round((NOW - at_ms / 1000) / 3600, 2)) for check_id, at_ms in rows]


def test_every_word_has_its_number() -> None:
    assert {word.value for word in Word} <= set(WORDS)


def test_the_table_has_the_shape_that_keeps_it_small() -> None:
    """A later migration that makes the table anew would lose it."""
    sqlite = "SELECT sql LIKE '%% WITHOUT ROWID' FROM sqlite_master WHERE name = %s"
    postgres = "SELECT relkind = 'p' FROM pg_class WHERE relname = %s"
    with connection.cursor() as cursor:
        cursor.execute(sqlite if connection.vendor == "sqlite" else postgres, ["monitors_result"])
        (shaped,) = cursor.fetchone()

    assert shaped


def test_what_is_too_old_goes_and_nothing_else() -> None:
    results(1, 1, 47.9, 48.1, 72)
    results(7, 49)
    results(9, 0.5)

    list(prune_results(now=NOW, hours=48))

    assert left() == [(1, 47.9), (1, 1), (9, 0.5)]


def test_a_batch_is_never_larger_than_promised() -> None:
    results(1, *(50 + number / 1000 for number in range(2 * BATCH + 10)))

    assert max(prune_results(now=NOW, hours=48)) == BATCH
    assert left() == []


@pytest.mark.postgres
def test_each_day_to_come_has_its_partition_and_old_ones_go() -> None:
    partitions.keep_in_order(now=NOW, before_ms=0)
    results(1, 0, -24, -48, -72)
    assert default_count() == 0
    later = NOW + 5 * DAY

    partitions.keep_in_order(now=later, before_ms=round((later - 3 * DAY) * 1000))

    assert left() == [(1, -48), (1, -72)]


@pytest.mark.postgres
def test_results_are_kept_and_pruned_when_nobody_made_a_partition() -> None:
    """beat was away: what came meanwhile lies in the default partition."""
    far = NOW + 400 * DAY
    results(3, -24 * 400)
    assert default_count() == 1

    list(prune_results(now=far, hours=48))  # its day cannot be attached any more
    assert default_count() == 1
    list(prune_results(now=far + 3 * DAY, hours=48))

    assert left() == []


def default_count() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {partitions.DEFAULT}")
        return int(cursor.fetchone()[0])
