"""Single checks' results, stored as small as can be: there are hundreds of them a second."""

from datetime import UTC, datetime
from typing import Any

from django.db import models

WORDS = ("up", "degraded", "down", "inconclusive", "blind")
"""The statuses of a check, by the number each is stored as: append, never reorder."""


class WordField(models.SmallIntegerField[str, str]):
    """A word of `WORDS`, stored as its number."""

    def from_db_value(self, value: int | None, *_: Any) -> str | None:
        return None if value is None else WORDS[value]

    def to_python(self, value: Any) -> Any:
        return value

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None else WORDS.index(value)


class Result(models.Model):
    """One check's result. Kept for `STATUSPAGE_RESULTS_HOURS`.

    No foreign key: results are written in batches while a monitor may be deleted, and deleting
    one must not take its hundred thousand rows along in one transaction; they leave by age.
    A table without row ids on SQLite, partitioned by day on PostgreSQL (see the migration): one
    tree holds the rows, in the order in which they are read, and there is no other index.
    """

    pk = models.CompositePrimaryKey("check_id", "at_ms")
    # The order of the columns is that of their widths: PostgreSQL pads them otherwise.
    at_ms = models.BigIntegerField()
    """When it started, in milliseconds since the epoch."""
    check_id = models.IntegerField()
    latency_us = models.IntegerField(null=True)
    """Microseconds to the complete answer."""
    late_ms = models.IntegerField()
    """How late it started."""
    code = models.IntegerField(null=True)
    word = WordField()
    message = models.CharField(max_length=300, blank=True, default="")
    phases: Any = models.JSONField(null=True)
    """Milliseconds of each phase. Left out when it was up: the rows would be twice as large."""

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S} {self.word}"

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.at_ms / 1000, UTC)

    @property
    def latency_ms(self) -> float | None:
        return None if self.latency_us is None else self.latency_us / 1000
