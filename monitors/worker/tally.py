"""Counts the checks that were made, for `/metrics`: lateness as a histogram, and outcomes.

Counted in memory and added to the database once a second, in one statement: a check costs an
addition.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Sum

from monitors.models import CheckTally
from monitors.probing.base import ProbeStatus
from monitors.worker.result_writer import CompletedCheck

AGENTS = -1
"""The slot that agents' reports are counted under; they tell no lateness."""
BUCKETS: tuple[tuple[float, str], ...] = (
    (0.1, "late_100ms"), (0.25, "late_250ms"), (0.5, "late_500ms"), (1.0, "late_1s"),
    (2.5, "late_2500ms"), (5.0, "late_5s"), (10.0, "late_10s"), (30.0, "late_30s"),
    (60.0, "late_60s"), (float("inf"), "later"),
)  # fmt: skip
"""Upper bounds in seconds, each with its column."""
OUTCOMES = tuple(status.value for status in ProbeStatus)
COLUMNS = (*(column for _, column in BUCKETS), "late_seconds", *OUTCOMES)


class Tally:
    """What a slot has counted and not stored yet."""

    def __init__(self, *, region: str, slot: int) -> None:
        self._region, self._slot = region, slot
        self._counts: Counter[str] = Counter()
        self._late_seconds = 0.0

    def add(self, batch: Iterable[CompletedCheck]) -> None:
        """Count checks that were made."""
        for completed in batch:
            late = max(0.0, completed.result.started - completed.leased.due)
            self._counts[next(column for bound, column in BUCKETS if late <= bound)] += 1
            self._counts[completed.result.outcome.status.value] += 1
            self._late_seconds += late

    def add_outcomes(self, batch: Iterable[CompletedCheck]) -> None:
        """Count checks whose lateness is not known here."""
        for completed in batch:
            self._counts[completed.result.outcome.status.value] += 1

    def store(self) -> None:
        """Add what was counted to the database; kept for the next time if that fails."""
        if not self._counts:
            return
        values = {**{name: self._counts[name] for name in COLUMNS}, "late_seconds": 0.0}
        values["late_seconds"] = self._late_seconds
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [self._region, self._slot, *(values[name] for name in COLUMNS)])
        self._counts.clear()
        self._late_seconds = 0.0


_ADD = f"""
INSERT INTO monitors_checktally (region, slot, {", ".join(COLUMNS)})
VALUES (%s, %s, {", ".join(["%s"] * len(COLUMNS))})
ON CONFLICT (region, slot) DO UPDATE SET
    {", ".join(f"{name} = monitors_checktally.{name} + excluded.{name}" for name in COLUMNS)}
"""  # noqa: S608  (names of columns, written above)


def totals_by_region() -> dict[str, dict[str, float]]:
    """Return the sum of every column by region."""
    sums = {f"sum_{name}": Sum(name) for name in COLUMNS}
    rows = CheckTally.objects.values("region").annotate(**sums).order_by("region")
    return {
        str(row["region"]): {name: sums.get(f"sum_{name}") or 0 for name in COLUMNS}
        for row in rows
        for sums in [dict[str, Any](row)]
    }
