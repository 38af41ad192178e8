"""Deleting from a big table keeps nobody waiting: a writer that competes is timed."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from monitors.history import aggregation
from monitors.history.retention import RetentionPeriods, prune
from monitors.models import Folding, LateMinute, Result
from monitors.models.rollup import FOLDING
from statuspage.runtime.incremental import IncrementalTask
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

NOW = 20_000 * 86_400.0
CHECKS, EACH = 200, 1_200
LONGEST_MS = 200
TICK = 0.05
"""Seconds between two turns; beat takes 0.25."""
_FILL = """
INSERT INTO monitors_result (check_id, at_ms, word, late_ms, message)
WITH RECURSIVE
    time(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM time WHERE n < %s - 1),
    checks(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM checks WHERE id < %s)
SELECT id, %s + n * CAST(%s AS bigint), 0, 0, '' FROM checks CROSS JOIN time
"""


@pytest.fixture
def crowd() -> None:
    """240,000 results, three quarters of which are too old."""
    first = round((NOW - 192 * 3600) * 1000)
    apart = 192 * 3600 * 1000 // EACH
    with connection.cursor() as cursor:
        cursor.execute(_FILL, [EACH, CHECKS, first, apart])
    minute = int(NOW // 60)
    Folding.objects.create(pk=FOLDING, minutes_until=minute, hours_until=minute, days_until=minute)


class Writer(threading.Thread):
    """Writes without a pause; `worst` is the longest that one write took, in milliseconds."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.worst, self.written = 0.0, 0
        self.done = threading.Event()

    def run(self) -> None:
        try:
            while not self.done.is_set():
                began = time.perf_counter()
                with transaction.atomic():
                    LateMinute.objects.create(check_id=1, minute=1)
                self.worst = max(self.worst, (time.perf_counter() - began) * 1000)
                self.written += 1
                time.sleep(0.001)
        finally:
            connection.close()


@contextmanager
def writing() -> Iterator[Writer]:
    thread = Writer()
    thread.start()
    try:
        yield thread
    finally:
        thread.done.set()
        thread.join()


def test_pruning_keeps_no_writer_waiting_for_200_ms(crowd: None) -> None:
    keep = RetentionPeriods(results_hours=48, minute_rows_days=14, hour_rows_days=730)
    task = IncrementalTask(lambda now: prune(now=now, keep=keep), every=60.0)

    with writing() as writer:
        while task.step(now=NOW):
            time.sleep(TICK)

    assert Result.objects.count() == CHECKS * EACH // 4
    assert writer.written > 10
    assert writer.worst < LONGEST_MS


def test_folding_keeps_no_writer_waiting_for_200_ms() -> None:
    monitor = build.monitor()
    check = build.check(monitor).pk
    start = round((NOW - 6 * 3600) * 1000)
    Result.objects.bulk_create(
        Result(check_id=check, at_ms=start + n * 1000, word="up", late_ms=0, latency_us=n + 1)
        for n in range(6 * 3600)
    )

    task = IncrementalTask(lambda now: aggregation.fold(now=now, results_hours=48), every=60.0)

    with writing() as writer:
        while task.step(now=NOW + 400):
            time.sleep(TICK)

    assert writer.worst < LONGEST_MS
