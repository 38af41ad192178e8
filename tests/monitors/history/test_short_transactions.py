"""Deleting and folding keep nobody waiting: a little in each transaction, and found by an index."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from monitors.history import aggregation, retention
from monitors.history.retention import RetentionPeriods, prune
from monitors.models import Folding, Result
from monitors.models.rollup import FOLDING
from tests import build

pytestmark = pytest.mark.django_db(transaction=True)

NOW = 20_000 * 86_400.0
CHECKS, EACH = 3, 2_400
"""Of each check's results three quarters are too old, which is several batches."""
KEEP = RetentionPeriods(results_hours=48, minute_rows_days=14, hour_rows_days=730)
RESULTS = Result._meta.db_table


@pytest.fixture
def crowd() -> None:
    first = round((NOW - 192 * 3600) * 1000)
    apart = 192 * 3600 * 1000 // EACH
    Result.objects.bulk_create(
        (
            Result(check_id=check, at_ms=first + number * apart, word="up", late_ms=0)
            for check in range(1, CHECKS + 1)
            for number in range(EACH)
        ),
        batch_size=1000,
    )
    minute = int(NOW // 60)
    Folding.objects.create(pk=FOLDING, minutes_until=minute, hours_until=minute, days_until=minute)


class Statements:
    """What is asked of the database: (SQL, its parameters, whether in a transaction)."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any, bool]] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.seen.append((sql, params, connection.in_atomic_block))
        return execute(sql, params, many, context)

    def of_results(self) -> list[tuple[str, Any, bool]]:
        return [each for each in self.seen if RESULTS in each[0]]


@contextmanager
def listening() -> Iterator[Statements]:
    statements = Statements()
    with connection.execute_wrapper(statements):
        yield statements


@pytest.mark.both
def test_pruning_deletes_a_batch_at_a_time_and_holds_no_lock_in_between(crowd: None) -> None:
    deleted = []

    for rows in prune(now=NOW, periods=KEEP):
        assert not connection.in_atomic_block
        deleted.append(rows)

    assert sum(deleted) == CHECKS * EACH * 3 // 4
    assert max(deleted) == retention.BATCH


def test_pruning_looks_at_no_more_rows_than_it_deletes(crowd: None) -> None:
    with listening() as statements:
        for _ in prune(now=NOW, periods=KEEP):
            pass

    plans = [_plan(sql, params) for sql, params, _ in statements.of_results()]
    assert plans
    assert [plan for plan in plans if f"SCAN {RESULTS}" in plan and "INDEX" not in plan] == []


def _plan(sql: str, params: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        return "\n".join(str(row[3]) for row in cursor.fetchall())


@pytest.mark.both
def test_folding_reads_outside_of_transactions_and_writes_a_little_in_each() -> None:
    check = build.check(build.monitor()).pk
    start = round((NOW - 6 * 3600) * 1000)
    Result.objects.bulk_create(
        (
            Result(check_id=check, at_ms=start + n * 1000, word="up", late_ms=0, latency_us=n + 1)
            for n in range(6 * 3600)
        ),
        batch_size=5000,
    )

    with listening() as statements:
        written = []
        for rows in aggregation.aggregate(now=NOW + 400, results_hours=48):
            assert not connection.in_atomic_block
            written.append(rows)

    assert sum(written) > 0
    assert max(written) <= 60, "an hour's minutes of one check"
    reads = [each for each in statements.of_results() if each[0].startswith("SELECT")]
    assert reads
    assert [sql for sql, _, in_transaction in reads if in_transaction] == []
