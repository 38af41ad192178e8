"""Folding results into rows: exactly once, whoever folds, whatever came in between."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from monitors.history import aggregation
from monitors.history import rollup_store as rollups
from monitors.models import (
    WORDS,
    Check,
    DayRow,
    Folding,
    HourRow,
    LateMinute,
    Result,
)
from monitors.rules.check_state import CheckState
from monitors.rules.rollups import AGGREGATE_AFTER, Resolution, Tally
from monitors.worker.result_writer import CompletedCheck, store_results
from tests import build
from tests.monitors.findings import finding

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

MINUTE, HOUR, DAY_ROWS = Resolution
DAY = 86_400.0
START = 20_000 * DAY
"""A midnight."""


@pytest.fixture
def check() -> Check:
    return build.check(build.monitor())


def results(check: Check, times: Iterable[float], *, word: str = "up", ms: int = 40) -> None:
    Result.objects.bulk_create(
        Result(
            check_id=check.pk, at_ms=round(at * 1000), word=word, late_ms=0, latency_us=ms * 1000
        )
        for at in times
    )


def every(seconds: float, *, since: float = START, until: float) -> Iterable[float]:
    return (since + n * seconds for n in range(round((until - since) / seconds)))


def fold(now: float) -> None:
    list(aggregation.aggregate(now=now, results_hours=48))


def rows(resolution: Resolution) -> dict[int, Tally]:
    """All there are, by their first minute."""
    checks = list(Check.objects.values_list("pk", flat=True))
    return {minute: tally for _, minute, tally in rollups.read(resolution, checks, 0, 2**31 - 1)}


def counted(resolution: Resolution) -> int:
    return sum(tally.count for tally in rows(resolution).values())


def test_minutes_become_hours_and_hours_days(check: Check) -> None:
    results(check, every(60, until=START + DAY))
    results(check, [START + 3601.0], word="down")
    results(check, [START + 3602.0], word="inconclusive")

    fold(START + DAY + 200)

    assert len(rows(MINUTE)) == 1440
    assert HourRow.objects.count() == 24
    day = DayRow.objects.get()
    assert day.minute * 60 == START
    assert (day.count, day.failures, day.inconclusive) == (1442, 1, 1)
    assert rows(DAY_ROWS)[day.minute].latencies.quantile(0.5) == pytest.approx(40_000, rel=0.02)
    second = HourRow.objects.order_by("minute")[1]
    assert (second.count, second.failures) == (62, 1)


def test_a_minute_is_folded_when_its_results_must_be_there(check: Check) -> None:
    results(check, [START + 5])

    fold(START + 300 + AGGREGATE_AFTER - 1)
    assert not rows(MINUTE)
    fold(START + 300 + AGGREGATE_AFTER)

    assert counted(MINUTE) == 1


def test_folding_again_changes_nothing(check: Check) -> None:
    results(check, every(10, until=START + 7200))
    fold(START + 8000)
    before = rows(MINUTE), rows(HOUR)
    Folding.objects.update(
        minutes_until=int(START // 60), hours_until=int(START // 60), days_until=int(START // 60)
    )

    fold(START + 8000)

    assert (rows(MINUTE), rows(HOUR)) == before
    assert counted(HOUR) == 720


def test_two_who_fold_at_a_time_count_nothing_twice(check: Check) -> None:
    """Each step of one comes between reading and writing of the other."""
    results(check, every(10, until=START + 7200))
    one = aggregation.aggregate(now=START + 8000, results_hours=48)
    other = aggregation.aggregate(now=START + 8000, results_hours=48)

    for _ in range(1_000):
        ended = [next(each, None) is None for each in (one, other)]
        if all(ended):
            one, other = (
                aggregation.aggregate(now=START + 8000, results_hours=48) for _ in range(2)
            )
    fold(START + 8000)

    assert counted(MINUTE) == 720
    assert counted(HOUR) == 720


def test_whoever_wakes_up_late_overwrites_nothing(check: Check) -> None:
    results(check, [START + 5])
    fold(START)
    asleep = Folding.objects.get()
    fold(START + 600)

    with pytest.raises(aggregation.ConcurrentWriteError):
        aggregation._advance(asleep, minutes_until=0)

    assert counted(MINUTE) == 1


def test_what_was_interrupted_goes_on(check: Check) -> None:
    results(check, every(10, until=START + 3 * 3600))
    for _ in range(20):
        next(
            aggregation.aggregate(now=START + 4 * 3600, results_hours=48), None
        )  # and then it is killed

    fold(START + 4 * 3600)

    assert counted(MINUTE) == counted(HOUR) == 1080


def test_after_days_away_it_goes_on_where_it_stopped(check: Check) -> None:
    fold(START)
    results(check, every(10, until=START + 600))
    back = START + 5 * DAY
    results(check, every(10, since=back, until=back + 3600))

    fold(back + 4000)

    assert counted(MINUTE) == 60 + 360
    assert counted(DAY_ROWS) == 60
    assert Folding.objects.get().hours_until == int(back // 60) + 60


def late(check: Check, *times: float, now: float) -> None:
    """A shift that died had made these checks; or the database was away."""
    batch = []
    for at in times:
        found = finding(check, "down", at=at)
        claimed, target = found.leased(CheckState())
        batch.append(CompletedCheck(claimed, target, replace(found.result)))
    store_results(batch, lease="of a shift that died", now=now)


def test_results_that_come_late_are_counted_in_minute_hour_and_day(check: Check) -> None:
    results(check, every(60, until=START + DAY))
    now = START + DAY + 600
    fold(now)

    late(check, START + 7207.0, START + 7213.0, now=now)
    fold(now)

    assert not LateMinute.objects.exists()
    assert DayRow.objects.get().failures == 2
    hour = HourRow.objects.get(minute=int(START // 60) + 120)
    assert (hour.count, hour.failures) == (62, 2)
    assert rows(MINUTE)[int(START // 60) + 120].failures == 2


def test_the_same_late_results_again_are_counted_once(check: Check) -> None:
    fold(START)
    for _ in range(2):
        late(check, START + 7.0, START + 13.0, now=START + 5000)
        fold(START + 8000)

    assert counted(MINUTE) == counted(HOUR) == 2


def test_a_mark_that_comes_while_folding_is_not_lost(check: Check) -> None:
    fold(START)
    fold(START + 8000)
    late(check, START + 7.0, now=START + 8000)
    state = Folding.objects.get()
    read = list(LateMinute.objects.all())
    late(check, START + 8.0, now=START + 8000)

    aggregation._aggregate_again(state, {(mark.check_id, mark.minute) for mark in read}, read)

    assert LateMinute.objects.count() == 1
    fold(START + 8000)
    assert counted(HOUR) == 2


def test_what_comes_later_than_single_results_are_kept_is_not_counted(check: Check) -> None:
    """Its minute's other results may have been deleted: the row would lose them."""
    results(check, every(10, until=START + 60))
    now = START + 3 * DAY
    fold(now)
    Result.objects.all().delete()

    late(check, START + 7.0, now=now)
    fold(now)

    assert counted(MINUTE) == 6
    assert not LateMinute.objects.exists()


def test_every_result_is_counted_whatever_it_says(check: Check) -> None:
    for number, word in enumerate(WORDS):
        results(check, [START + number], word=word)

    fold(START + 600)

    (row,) = rows(MINUTE).values()
    assert (row.count, row.failures, row.degraded, row.inconclusive) == (5, 1, 1, 2)


def test_after_the_clock_was_set_back_what_comes_is_counted(check: Check) -> None:
    fold(START)
    fold(START + 3 * 3600)  # the clock was wrong, nothing had been found
    fold(START + 60)  # beat looks every ten seconds
    results(check, every(10, until=START + 3600))

    fold(START + 4000)

    assert counted(MINUTE) == counted(HOUR) == 360
