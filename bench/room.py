"""How much room evidence takes: made-up results stored as shifts store them, then folded."""

import math
import time
from random import Random

from django.db import connection, transaction

from bench import fill
from monitors.history import aggregation
from monitors.models import Check
from monitors.rules.rollups import AGGREGATE_AFTER
from monitors.worker.result_statements import INSERT_RESULTS

_START = 20_000 * 86_400
"""A midnight."""
_INTERVAL = 10
_BATCHES = 10
"""In an interval. A shift makes fifty; fewer here, for PostgreSQL syncs its disk at each."""
_FAILING = 0.002


def measure(*, checks: int, hours: int) -> dict[str, float]:
    """Bytes a row, with its part of the index and of half-filled pages."""
    fill.monitors(count=checks, urls=["http://127.0.0.1:9/"], interval=_INTERVAL, timeout=5)
    ids = list(Check.objects.values_list("pk", flat=True))
    list(aggregation.aggregate(now=float(_START), results_hours=48))  # from now on
    began = time.process_time()
    made = _store(ids, hours)
    stored = time.process_time()
    for _ in aggregation.aggregate(now=_START + 86_400 + AGGREGATE_AFTER, results_hours=48):
        pass
    folded = time.process_time()
    per_thousand = 1_000 / made
    return {
        "made": made,
        "single": _bytes("monitors_result") / made,
        "minute": _bytes("monitors_minuterows") / (checks * hours * 60),
        "hour": _bytes("monitors_hourrow") / (checks * hours),
        "day": _bytes("monitors_dayrow") / checks,
        "store_cpu": (stored - began) * per_thousand,
        "fold_cpu": (folded - stored) * per_thousand,
    }


def _store(ids: list[int], hours: int) -> int:
    random = Random(1)
    random.shuffle(ids)
    size = math.ceil(len(ids) / _BATCHES)
    steps = hours * 3600 // _INTERVAL
    for step in range(steps):
        for begin in range(0, len(ids), size):
            at_ms = (_START + step * _INTERVAL) * 1000 + begin
            rows = [_result(random, check_id, at_ms) for check_id in ids[begin : begin + size]]
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(INSERT_RESULTS, rows)
    return steps * len(ids)


def _result(random: Random, check_id: int, at_ms: int) -> list[int | str | None]:
    late_ms = random.choice((0, 1, 1, 2, 3))
    if random.random() < _FAILING:
        return [check_id, at_ms, 2, None, None, late_ms, "timed out after 5 s", '{"connect":1.2}']
    latency_us = round(random.lognormvariate(math.log(80_000), 0.35))
    return [check_id, at_ms, 0, latency_us, 200, late_ms, "", None]


def _bytes(table: str) -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT COALESCE((SELECT sum(pg_total_relation_size(relid))"
                " FROM pg_partition_tree(%s)), pg_total_relation_size(%s))",
                [table, table],
            )
        else:
            cursor.execute(
                "SELECT sum(pgsize) FROM dbstat WHERE name = %s OR name LIKE %s",
                [table, f"sqlite_autoindex_{table}%"],
            )
        return int(cursor.fetchone()[0])
